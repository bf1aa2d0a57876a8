"""Delivered answers that the ledger has not heard of yet.

A retry may claim an answer only if its client did not get it (`ledger.retries`). An isolate reports
delivered answers with the next request that begins, which saves a separate call. It waits a moment
before: an answer must not count as delivered if easel is killed while it is being sent.
"""

from collections import deque
from dataclasses import dataclass, field

from easel.limits import REPORT_DELAY_SECONDS

# Unreported answers expire in the ledger.
_MOST = 200


@dataclass
class Deliveries:
    """Times of delivery and request ids, of one isolate."""

    _waiting: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=_MOST))

    def add(self, name: str, now: float) -> None:
        """Add a request whose answer was sent to its client at this Unix time."""
        self._waiting.append((now, name))

    def take(self, now: float) -> tuple[str, ...]:
        """Remove and return the ids of requests that are due to be reported."""
        due = []
        while self._waiting and self._waiting[0][0] <= now - REPORT_DELAY_SECONDS:
            due.append(self._waiting.popleft()[1])
        return tuple(due)
