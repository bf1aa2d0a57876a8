"""What is remembered of providers from one request to the next, in one isolate.

A credential that was refused, used up or told to slow down is left alone for a while, and so is a
model that failed several times in a row. Callers' mistakes leave no trace here.

What is remembered here is told to other callers. Credentials are remembered by their hash alone,
and errors by their kind: their messages may repeat a prompt.
"""

import hashlib
from collections.abc import Mapping
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

# In seconds, where the provider names no time. A quota is renewed after hours or by a payment, and
# a credential that was refused may be allowed again by its owner, or have been refused by mistake.
REFUSED_SECONDS = 300.0
RATE_LIMIT_SECONDS = 30.0
QUOTA_SECONDS = 6 * 3600.0

# So many faults in a row close a model for so many seconds, for one credential.
FAULTS = 5
CLOSED_SECONDS = 30.0

# Callers bring credentials of their own, of any number.
_MOST_REMEMBERED = 1000


Key = tuple[str, ...]


# Messages of the errors that are answered while a credential, or a model with it, rests.
_REASONS: Mapping[type[ProviderError], str] = {
    CredentialRefusedError: "The provider did not accept the credential a short while ago",
    QuotaExhaustedError: "The quota or credit of the credential is used up",
    RateLimitedError: "The provider accepts no more requests with the credential for now",
    UnavailableError: "The model failed several times in a row and is not used for a moment",
}


@dataclass(frozen=True)
class _Rest:
    """Why a credential or a model is not tried, and until when."""

    kind: type[ProviderError]
    until: datetime
    of_model: bool


@dataclass
class _Record:
    """What is known of a credential of a provider, or of a model of it with that credential.

    Attributes:
        faults: how many there were in a row.
        rest: None when nothing speaks against a try.
    """

    faults: int = 0
    rest: _Rest | None = None


@dataclass
class CircuitBreaker:
    """The memory of an isolate.

    Credentials cool down for all models of a provider, or for one of them where the error is about
    that one. Faults are counted by model: that one of them has no capacity, or crashes at what
    somebody keeps asking of it, says little of the others.
    """

    _records: dict[Key, _Record] = field(default_factory=dict)

    def objection(self, provider: str, model: str, token: str, now: datetime) -> EaselError | None:
        """Why a model should not be asked for with this credential now, or None."""
        keys = _keys(provider, model, token)
        return next((error for key in keys if (error := self._objection(key, now))), None)

    def _objection(self, key: Key, now: datetime) -> EaselError | None:
        record = self._records.get(key)
        if record is None or record.rest is None:
            return None
        rest = record.rest
        if rest.until <= now:
            record.rest = None
            return None
        which = " with this model" if rest.of_model else ""
        # When a refused credential may be tried again concerns its owner, not who waits.
        seconds = (rest.until - now).total_seconds()
        wait = None if rest.kind is CredentialRefusedError else seconds
        error = rest.kind(f"{_REASONS[rest.kind]}{which}.", retry_after=wait)
        error.of_model = rest.of_model
        return error

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
        kind, seconds = _consequence(error)
        if token and kind is not None:
            key = of_model if error.of_model else of_credential
            until = now + timedelta(seconds=seconds)
            self._record(key).rest = _Rest(kind, until, error.of_model)
        if not error.fault:
            return
        record = self._record(of_model)
        record.faults += 1
        if record.faults >= FAULTS and record.rest is None:
            until = now + timedelta(seconds=CLOSED_SECONDS)
            record.rest = _Rest(UnavailableError, until, of_model=False)

    def _record(self, key: Key) -> _Record:
        # The latest is the last to be forgotten.
        record = self._records[key] = self._records.pop(key, _Record())
        while len(self._records) > _MOST_REMEMBERED:
            del self._records[next(iter(self._records))]
        return record


def _consequence(error: ProviderError) -> tuple[type[ProviderError] | None, float]:
    """The error to answer with while a credential rests, and for how many seconds it does."""
    match error:
        case CredentialRefusedError():
            return CredentialRefusedError, REFUSED_SECONDS
        case QuotaExhaustedError():
            return QuotaExhaustedError, error.retry_after or QUOTA_SECONDS
        case RateLimitedError():
            return RateLimitedError, error.retry_after or RATE_LIMIT_SECONDS
    return None, 0.0


def _keys(provider: str, model: str, token: str) -> tuple[Key, Key]:
    """What is remembered of a credential, and of a model with it."""
    shown = hashlib.sha256(token.encode()).hexdigest() if token else ""
    return (provider, shown), (provider, shown, model)
