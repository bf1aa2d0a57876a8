"""From a seed and a number to a request and the lie that it meets."""

from dataclasses import dataclass
from random import Random

from campaigns.hostile.lanes import LANES


@dataclass(frozen=True)
class Attempt:
    """A case.

    Attributes:
        lane: the protocol that is attacked.
        mark: the beginning of its prompt, which no other has.
        token: of a caller's own, for the provider.
        step: about which of the requests to the upstream it is lied.
        seed: of the lie.
        is_owners: whether the owner's credential is used, if easel still takes it.
        as_base64: whether the image is asked for in base64.
        is_patient: whether the fetching of an image may hang.
    """

    number: int
    lane: str
    mark: str
    token: str
    step: int
    seed: str
    is_owners: bool
    as_base64: bool
    is_patient: bool

    @property
    def prompt(self) -> str:
        """With what JSON has to escape."""
        return self._prompt(self.mark)

    @property
    def other_prompt(self) -> str:
        """That of the good requests which follow."""
        return self._prompt(f"afterwards-{self.number}")

    def _prompt(self, beginning: str) -> str:
        return f'{beginning} a "red" fox \\ é {LANES[self.lane].directive}'.strip()


def make_attempt(seed: int, number: int, *, is_patient: bool) -> Attempt:
    """The case of a number, the same each time."""
    rng = Random(f"{seed}:{number}")
    names = [*LANES]
    lane = names[number % len(names)]
    # In decimal: hexadecimal digits spell words that fakes know, now and then.
    digits = f"{rng.randrange(10**8):08d}"
    return Attempt(
        number,
        lane,
        f"mark-{number}-{digits}",
        f"case-{number}-{digits}",
        rng.randrange(LANES[lane].steps),
        f"{seed}:{number}:lie",
        bool(LANES[lane].secret) and rng.random() < 0.35,
        rng.random() < 0.3,
        is_patient,
    )
