"""What a campaign found: figures to print and breaches that make it fail."""

from dataclasses import dataclass, field

_BREACHES_PRINTED = 50


@dataclass
class Report:
    """The outcome of a campaign.

    Attributes:
        figures: name and value of each row of the table, in order.
        breaches: one sentence for each broken promise.
    """

    figures: list[tuple[str, str]] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)

    def add_figure(self, name: str, value: object) -> None:
        """Add a row to the table."""
        self.figures.append((name, f"{value:,}" if type(value) is int else str(value)))

    def add_breach(self, sentence: str) -> None:
        """Record a broken promise, with what is needed to reproduce it."""
        self.breaches.append(sentence)

    def check(self, holds: bool, sentence: str) -> None:
        """Record a breach unless a promise holds."""
        if not holds:
            self.add_breach(sentence)

    @property
    def status(self) -> int:
        """The exit status of the command: 1 if there is any breach."""
        return 1 if self.breaches else 0

    def table(self) -> str:
        """The figures in aligned columns, then the breaches, of which at most 50 are printed."""
        rows = [*self.figures, ("breaches", f"{len(self.breaches):,}")]
        names = max(len(name) for name, _ in rows)
        values = max(len(value) for _, value in rows)
        lines = [f"{name:<{names}}  {value:>{values}}" for name, value in rows]
        lines += [f"BREACH: {sentence}" for sentence in self.breaches[:_BREACHES_PRINTED]]
        if (more := len(self.breaches) - _BREACHES_PRINTED) > 0:
            lines.append(f"... and {more:,} more breaches")
        return "\n".join(lines)
