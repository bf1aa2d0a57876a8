"""What is written down of a request: one line of JSON in the Worker's log."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from traceback import walk_tb

from easel.observability.redaction import hide, redact

# What providers and libraries say may repeat an image, or anything else without end.
_MOST_OF_A_NOTE = 4000
_MOST_LOOKED_AT = 5 * _MOST_OF_A_NOTE
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{120,}={0,2}")

_MOST_CAUSES = 5
_PACKAGE = "/easel/"


@dataclass
class RequestLog:
    """What is known of a request so far.

    Attributes:
        facts: by name, in the order in which they are written.
        notes: what went wrong on the way, a line each.
        hidden: texts that no note may repeat: secrets, and the caller's unless they are to be
            logged.
        is_caller_known: whether the caller's texts are all known: hidden, or to be logged.
        upstream_seconds: how long providers took, all calls together.
        bucket_seconds: how long the bucket took to store images, likewise.
        ledger_seconds: how long the ledger took, likewise.
    """

    facts: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    is_caller_known: bool = False
    upstream_seconds: float = 0.0
    bucket_seconds: float = 0.0
    ledger_seconds: float = 0.0

    def note(self, line: str) -> None:
        """Note what went wrong."""
        self.notes.append(line)

    def tell(self, facts: Mapping[str, object]) -> None:
        """Add facts; one that is None is not known."""
        self.facts |= {name: value for name, value in facts.items() if value is not None}

    def line(self) -> str:
        """The line of the log."""
        hidden = hide(self.hidden) if self.notes else None
        notes = [] if hidden is None else [redact(_shorten(note), hidden) for note in self.notes]
        return json.dumps({**self.facts, **({"notes": notes} if notes else {})}, default=str)


def describe_bug(error: BaseException, request_log: RequestLog) -> str:
    """Describe an unexpected exception and its causes for the log: type, message and place.

    A message may repeat a caller's text, so it is left out unless the journal knows the request.
    """
    return ", caused by ".join(_describe(error, with_message=request_log.is_caller_known))


def _describe(error: BaseException | None, *, with_message: bool) -> Iterator[str]:
    for _ in range(_MOST_CAUSES):
        if error is None:
            break
        frames = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)]
        places = (
            f"{code.co_filename.rpartition(_PACKAGE)[2]}:{line} {code.co_name}"
            for code, line in frames
        )
        message = f": {error}" if with_message else ""
        yield f"{type(error).__name__}{message} at {' > '.join(places)}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _shorten(note: str) -> str:
    note = _BASE64.sub("[...]", note[:_MOST_LOOKED_AT])
    return note if len(note) <= _MOST_OF_A_NOTE else note[:_MOST_OF_A_NOTE] + "..."
