"""Directives in a prompt that set the behaviour of a fake.

A fake serves many tests at once and every prompt belongs to one test, so the prompt says how the
provider behaves: `a fox [fake delay 500] [fake error rate x1]`.
"""

import re
from typing import NamedTuple

ERROR_KINDS = (
    "key",
    "quota",
    "rate",
    "content",
    "parameter",
    "model",
    "down",
    "crash",
    "busy",
    "slow",
)

_NAMES = frozenset(
    {
        "abort",
        "bad-polls",
        "bad-results",
        "cost",
        "cost-header",
        "cut",
        "delay",
        "die",
        "early",
        "empty",
        "error",
        "errors",
        "fewer",
        "filtered",
        "flagged",
        "format",
        "garbage",
        "hang",
        "html",
        "huge",
        "huge-declared",
        "job",
        "linger",
        "lost",
        "only",
        "pace",
        "polls",
        "reset",
        "retry-after",
        "script",
        "shape",
        "silent",
        "size",
        "stall",
        "status",
        "stream-error",
        "stuck",
        "task-error",
        "truncate",
        "wrong-json",
        "wrong-type",
    }
)
_PATTERN = re.compile(r"\[fake ([^\]]*)\]")


class Directives:
    """The directives of one prompt, each `[fake NAME ARGUMENT...]`."""

    def __init__(self, prompt: str) -> None:
        self._directives = [words.split() for words in _PATTERN.findall(prompt)]
        unknown = [words for words in self._directives if not words or words[0] not in _NAMES]
        if unknown:
            raise ValueError(f"unknown directives: {unknown}")

    def __contains__(self, name: str) -> bool:
        return any(words[0] == name for words in self._directives)

    def get(self, name: str, default: str = "") -> str:
        """The argument of a directive."""
        return next((words[1] for words in self._directives if words[0] == name), default)

    def seconds(self, name: str) -> float:
        """The argument of a directive in milliseconds, as seconds."""
        return int(self.get(name, "0")) / 1000

    def error(self, turn: int) -> str | None:
        """The kind of error of the `turn`th call with this prompt, from 0; None for success."""
        for kind, times in self._errors():
            if times is None or turn < times:
                return kind
            turn -= times
        return None

    def size(self, requested: tuple[int, int]) -> tuple[int, int]:
        """The size to make: that of the directive, or else the requested one."""
        width, _, height = self.get("size").partition("x")
        return (int(width), int(height)) if width else requested

    def _errors(self) -> list["_Error"]:
        errors = []
        for words in self._directives:
            if words[0] == "error":
                if words[1] not in ERROR_KINDS:
                    raise ValueError(f"no such kind of error: {words[1]}")
                times = int(words[2].removeprefix("x")) if len(words) > 2 else None
                errors.append(_Error(words[1], times))
        return errors


class _Error(NamedTuple):
    kind: str
    times: int | None
