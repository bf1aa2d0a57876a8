"""What is remembered of providers from one request to the next, in one isolate.

A credential that was refused, used up or told to slow down is left alone for a while, and so is a
provider that failed several times in a row. Callers' mistakes leave no trace here. Credentials are
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

# So many faults in a row close a provider for so many seconds, for one credential.
FAULTS = 5
CLOSED_SECONDS = 30.0

# Callers bring credentials of their own, of any number.
_MOST_REMEMBERED = 1000


@dataclass
class _Record:
    """What is known of a provider with one credential.

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
    """The memory of an isolate."""

    _records: dict[tuple[str, str], _Record] = field(default_factory=dict)

    def objection(self, provider: str, token: str, now: datetime) -> EaselError | None:
        """Why a provider should not be tried with this credential now, or None."""
        record = self._records.get(_key(provider, token))
        if record is None or record.why is None:
            return None
        if record.until is None:
            return record.why(None)
        if record.until <= now:
            record.why = None
            return None
        return record.why((record.until - now).total_seconds())

    def succeeded(self, provider: str, token: str) -> None:
        """An image came."""
        self._records.pop(_key(provider, token), None)

    def failed(self, provider: str, token: str, error: EaselError, now: datetime) -> None:
        """Draw the consequences of an error.

        Args:
            provider: its name.
            token: what it was shown; empty where it needs nothing.
            error: what came of it.
            now: the time.
        """
        if not isinstance(error, ProviderError):
            return
        key = _key(provider, token)
        record = self._records.pop(key, None) or _Record()
        # The latest is the last to be forgotten.
        self._records[key] = record
        while len(self._records) > _MOST_REMEMBERED:
            del self._records[next(iter(self._records))]
        record.faults += error.fault
        if token:
            _cool_down(record, error, now)
        if error.fault and record.faults >= FAULTS and record.why is None:
            _rest(record, error, now + timedelta(seconds=CLOSED_SECONDS), UnavailableError)


def _cool_down(record: _Record, error: ProviderError, now: datetime) -> None:
    match error:
        case CredentialRefusedError():
            record.until = None
            record.why = lambda _seconds: type(error)(error.message)
        case QuotaExhaustedError():
            until = now + timedelta(seconds=error.retry_after or QUOTA_SECONDS)
            _rest(record, error, until, QuotaExhaustedError)
        case RateLimitedError():
            until = now + timedelta(seconds=error.retry_after or RATE_LIMIT_SECONDS)
            _rest(record, error, until, RateLimitedError)


def _rest(
    record: _Record, error: ProviderError, until: datetime, kind: type[ProviderError]
) -> None:
    record.until = until
    record.why = lambda seconds: kind(error.message, retry_after=seconds)


def _key(provider: str, token: str) -> tuple[str, str]:
    return provider, hashlib.sha256(token.encode()).hexdigest() if token else ""
