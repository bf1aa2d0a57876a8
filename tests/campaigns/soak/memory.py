"""The memory of workerd over time, and whether it keeps growing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from threading import Event, Thread

from support.workerd import Workerd

_MIB = 2**20

# Parts of a campaign whose memory is compared.
QUARTERS = 4


@dataclass
class MemoryLog:
    """Resident set sizes of workerd in bytes, taken at even intervals in a thread of its own."""

    workerd: Workerd
    interval: float
    samples: list[int] = field(default_factory=list)
    _is_over: Event = field(default_factory=Event)

    def start(self) -> Thread:
        """Take samples until `stop`."""
        thread = Thread(target=self._sample, daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Take no more."""
        self._is_over.set()

    def _sample(self) -> None:
        while not self._is_over.wait(self.interval):
            self.samples.append(self.workerd.resident_bytes())

    @property
    def quarters(self) -> Sequence[float]:
        """The median of each quarter of the time, in MiB; none where there are too few samples."""
        length = len(self.samples) // QUARTERS
        if length == 0:
            return []
        parts = (self.samples[place * length : (place + 1) * length] for place in range(QUARTERS))
        return [median(part) / _MIB for part in parts]

    @property
    def growth(self) -> float:
        """How much more memory the last quarter takes than the second, in MiB."""
        quarters = self.quarters
        return quarters[-1] - quarters[1] if quarters else 0.0
