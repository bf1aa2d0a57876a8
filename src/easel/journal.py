"""What is written down of a request: one line of JSON in the Worker's log."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# What providers and libraries say may repeat an image, or anything else without end.
_MOST_OF_A_NOTE = 4000
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{120,}={0,2}")

# Shorter texts would be cut out of sentences that have nothing to do with them.
_SHORTEST_HIDDEN = 4


@dataclass
class Journal:
    """What is known of a request so far.

    Attributes:
        facts: by name, in the order in which they are written.
        notes: what went wrong on the way, a line each.
        hidden: texts that no line may repeat: prompts, unless they are to be logged, and secrets.
        upstream_seconds: how long providers took, all calls together.
        bucket_seconds: how long the bucket took to store images, likewise.
        ledger_seconds: how long the ledger took, likewise.
    """

    facts: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
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
        notes = [self._clean(note) for note in self.notes]
        return json.dumps({**self.facts, **({"notes": notes} if notes else {})}, default=str)

    def _clean(self, note: str) -> str:
        for text in self.hidden:
            if len(text) >= _SHORTEST_HIDDEN:
                note = note.replace(text, "[...]")
        note = _BASE64.sub("[...]", note)
        return note if len(note) <= _MOST_OF_A_NOTE else note[:_MOST_OF_A_NOTE] + "..."
