"""What is remembered of providers from one request to the next, in one isolate.

A credential that was refused, used up or told to slow down is left alone for a while, and so is a
model that failed several times in a row. Callers' mistakes leave no trace here. Credentials are
remembered by their hash alone.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from easel.errors import (
    CredentialRefusedError,
    EaselError,
    ProviderError,
    QuotaExhaustedError,
    RateLimitedError,
    UnavailableError,
)

# In seconds, where the provider names no time. A quota is renewed after hours or by a payment.
RATE_LIMIT_SECONDS = 30.0
QUOTA_SECONDS = 6 * 3600.0

# So many faults in a row close a model for so many seconds, for one credential.
FAULTS = 5
CLOSED_SECONDS = 30.0

# Callers bring credentials of their own, of any number.
_MOST_REMEMBERED = 1000


Key = tuple[str, ...]


@dataclass
class _Record:
    """What is known of a credential of a provider, or of a model of it with that credential.

    Attributes:
        faults: how many there were in a row.
        until: when it may be tried again; None for never.
        why: the error to answer with until then; None when nothing speaks against a try.
    """

    faults: int = 0
    until: datetime | None = None
    why: Callable[[float | None], EaselError] | None = None


@dataclass
class Health:
    """The memory of an isolate.

    Credentials cool down for all models of a provider. Faults are counted by model: that one of
    them has no capacity, or crashes at what somebody keeps asking of it, says little of the others.
    """

    _records: dict[Key, _Record] = field(default_factory=dict)

    def objection(self, provider: str, model: str, token: str, now: datetime) -> EaselError | None:
        """Why a model should not be asked for with this credential now, or None."""
        keys = _keys(provider, model, token)
        return next((error for key in keys if (error := self._objection(key, now))), None)

    def _objection(self, key: Key, now: datetime) -> EaselError | None:
        record = self._records.get(key)
        if record is None or record.why is None:
            return None
        if record.until is None:
            return record.why(None)
        if record.until <= now:
            record.why = None
            return None
        return record.why((record.until - now).total_seconds())

    def succeeded(self, provider: str, model: str, token: str) -> None:
        """An image came."""
        for key in _keys(provider, model, token):
            self._records.pop(key, None)

    def failed(
        self, provider: str, model: str, token: str, error: EaselError, now: datetime
    ) -> None:
        """Draw the consequences of an error.

        Args:
            provider: its name.
            model: the model's.
            token: what it was shown; empty where it needs nothing.
            error: what came of it.
            now: the time.
        """
        if not isinstance(error, ProviderError):
            return
        of_credential, of_model = _keys(provider, model, token)
        if token:
            _cool_down(self._record(of_credential), error, now)
        if not error.fault:
            return
        record = self._record(of_model)
        record.faults += 1
        if record.faults >= FAULTS and record.why is None:
            # Not the last error's words, which were about somebody else's request.
            words = "The model has failed several times in a row, and is left alone for a moment."
            _rest(record, words, now + timedelta(seconds=CLOSED_SECONDS), UnavailableError)

    def _record(self, key: Key) -> _Record:
        # The latest is the last to be forgotten.
        record = self._records[key] = self._records.pop(key, _Record())
        while len(self._records) > _MOST_REMEMBERED:
            del self._records[next(iter(self._records))]
        return record


def _cool_down(record: _Record, error: ProviderError, now: datetime) -> None:
    match error:
        case CredentialRefusedError():
            record.until = None
            record.why = lambda _seconds: type(error)(error.message)
        case QuotaExhaustedError():
            until = now + timedelta(seconds=error.retry_after or QUOTA_SECONDS)
            _rest(record, error.message, until, QuotaExhaustedError)
        case RateLimitedError():
            until = now + timedelta(seconds=error.retry_after or RATE_LIMIT_SECONDS)
            _rest(record, error.message, until, RateLimitedError)


def _rest(record: _Record, words: str, until: datetime, kind: type[ProviderError]) -> None:
    record.until = until
    record.why = lambda seconds: kind(words, retry_after=seconds)


def _keys(provider: str, model: str, token: str) -> tuple[Key, Key]:
    """What is remembered of a credential, and of a model with it."""
    shown = hashlib.sha256(token.encode()).hexdigest() if token else ""
    return (provider, shown), (provider, shown, model)
