"""Answers that an isolate has given, until the ledger hears of them.

A retry may only take an answer that its client lost (`ledger.retries`). That an answer was
delivered is told with the next request that begins, which costs no call of its own. It is told
after a moment: should easel be killed while the answer is on its way, it must not count as
delivered.
"""

from collections import deque
from dataclasses import dataclass, field

_MOMENT_SECONDS = 1.0

# The ledger forgets by itself what it is not told of.
_MOST = 200


@dataclass
class Deliveries:
    """What one isolate has delivered: when, and the id of the request."""

    _waiting: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=_MOST))

    def add(self, name: str, now: float) -> None:
        """Note that the answer of a request was given to its client, at this Unix time."""
        self._waiting.append((now, name))

    def take(self, now: float) -> tuple[str, ...]:
        """The requests to tell the ledger of, by their ids; they are given out once."""
        taken = []
        while self._waiting and self._waiting[0][0] <= now - _MOMENT_SECONDS:
            taken.append(self._waiting.popleft()[1])
        return tuple(taken)
