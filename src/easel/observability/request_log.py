"""The log line of a request, in JSON."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from traceback import walk_tb

from easel.observability.redaction import hide, redact

# In characters. Messages of providers and libraries may contain a whole image, or be very long.
_MOST_OF_A_NOTE = 4000
_MOST_LOOKED_AT = 5 * _MOST_OF_A_NOTE
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{120,}={0,2}")

_MOST_CAUSES = 5
_PACKAGE = "/easel/"


@dataclass
class RequestLog:
    """The log of one request.

    Attributes:
        facts: fields of the log line, in order.
        notes: problems, one line each.
        hidden: texts to redact from notes: secrets and, unless LOG_PROMPTS is on, the caller's.
        is_caller_known: whether all the caller's texts are either in `hidden` or may be logged.
        upstream_seconds: total duration of all calls of providers.
        bucket_seconds: total duration of all writes to the bucket.
        ledger_seconds: total duration of all calls of the ledger.
    """

    facts: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    is_caller_known: bool = False
    upstream_seconds: float = 0.0
    bucket_seconds: float = 0.0
    ledger_seconds: float = 0.0

    def note(self, line: str) -> None:
        """Add a note about a problem."""
        self.notes.append(line)

    def tell(self, facts: Mapping[str, object]) -> None:
        """Add fields; those that are None are omitted."""
        self.facts |= {name: value for name, value in facts.items() if value is not None}

    def line(self) -> str:
        """The log line."""
        hidden = hide(self.hidden) if self.notes else None
        notes = [] if hidden is None else [redact(_shorten(note), hidden) for note in self.notes]
        return json.dumps({**self.facts, **({"notes": notes} if notes else {})}, default=str)


def describe_bug(error: BaseException, request_log: RequestLog) -> str:
    """Describe an unexpected exception and its causes for the log: type, message and place.

    A message may contain a caller's text, so it is omitted unless all those texts are known.
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
