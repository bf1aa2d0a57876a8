"""Two clients that send equal requests and retry like OpenAI's SDKs, step by step.

Each step could be the next one in reality: a request arrives, easel reads the ledger again, the
provider finishes, a client hangs up, easel is killed. The ledger is the real one; a few lines here
replace `generation.lifecycle.at_most_once`, so that every order of steps can be tried.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from easel.ledger.messages import Begin, End, Idempotency, Price
from easel.ledger.requests import begin, end
from easel.ledger.retries import exchange
from easel.ledger.verdicts import Answered, Begun, Earlier, Lost, RateLimited, Running
from support.ledger import MemoryDatabase

# The outcome of a first attempt: an image, an unbilled failure, a rate limit of its key, or a
# refusal that never reaches the ledger. Every retry may return an image.
Fate = Literal["image", "free failure", "limit", "refused at the door"]

MOST_RETRIES = 2
_LEASE = 30.0
_LATER = 5.0
_MOST_STEPS = 300


@dataclass
class Attempt:
    """One HTTP request of a client.

    Attributes:
        stage: `waiting` for another attempt, `running` at the provider, or `exchanging` its
            request.
        seen: the number of changes at its last poll, which is not repeated while nothing changes.
    """

    client: "Client"
    number: int
    fate: Fate
    arrived: float
    stage: Literal["waiting", "running", "exchanging"] = "waiting"
    is_connected: bool = True
    seen: int = -1

    @property
    def id(self) -> str:
        return f"{self.client.name}{self.number}"


@dataclass
class Client:
    """A client and its final outcome."""

    name: str
    fate: Fate
    hang_ups: int
    tried: int = 0
    waits_for: Attempt | None = None
    outcome: str | None = None

    def fails(self) -> None:
        """Give up an attempt; the next one follows unless the retries are used up."""
        self.waits_for = None
        if self.tried > MOST_RETRIES:
            self.outcome = "gave up"


def alike(one: Client, other: Client) -> bool:
    """Whether two clients that have not begun differ only in their names."""
    return (one.fate, one.hang_ups) == (other.fate, other.hang_ups)


@dataclass
class Scene:
    """The clients, easel's open requests and the ledger."""

    database: MemoryDatabase
    is_watched: bool
    clients: Sequence[Client]
    kills: int = 0
    now: float = 1_795_780_800.0
    changes: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    purchases: list[str] = field(default_factory=list)
    deliveries: list[tuple[float, str]] = field(default_factory=list)
    story: list[str] = field(default_factory=list)

    def steps(self) -> Iterator[Callable[[], None]]:
        """All possible next steps."""
        first, *others = self.clients
        if not self.story and all(alike(first, other) for other in others):
            # Which of equal clients begins makes no difference.
            others = []
        for client in (first, *others):
            if client.outcome is None and client.waits_for is None:
                yield partial(self._arrive, client)
            elif client.waits_for is not None and client.hang_ups:
                yield partial(self._hang_up, client)
        for attempt in self.attempts:
            if attempt.stage == "running" or attempt.seen != self.changes:
                yield partial(self._go_on, attempt)
        if self.kills and any(one.stage == "running" for one in self.attempts):
            yield self._kill

    def run(self, choose: Callable[[int], int]) -> None:
        """Take steps until every client has its outcome."""
        for _ in range(_MOST_STEPS):
            if all(client.outcome for client in self.clients):
                return
            steps = [*self.steps()]
            if steps:
                steps[choose(len(steps))]()
            else:
                self._pass_time()
        raise AssertionError("the clients wait for ever")

    def _arrive(self, client: Client) -> None:
        fate: Fate = client.fate if client.tried == 0 else "image"
        attempt = Attempt(client, client.tried, fate, self.now)
        self.story.append(f"{attempt.id} arrives ({fate})")
        client.tried += 1
        client.waits_for = attempt
        self.changes += 1
        if fate == "refused at the door":
            client.fails()
        else:
            # A client's next attempt arrives long after this one has reached the ledger.
            self.attempts.append(attempt)
            self._look(attempt)

    def _hang_up(self, client: Client) -> None:
        assert client.waits_for is not None
        client.hang_ups -= 1
        self.story.append(f"{client.name} hangs up")
        client.waits_for.is_connected = False
        client.fails()
        self.changes += 1
        if client.outcome is None and not self.is_watched:
            # After its request has ended, it could not be distinguished from a delivered one.
            self._arrive(client)

    def _kill(self) -> None:
        self.kills -= 1
        self.story.append("easel is killed")
        for attempt in [*self.attempts]:
            self._leave(attempt)
            if attempt.is_connected:
                attempt.client.fails()
        # Deliveries that easel has not yet sent to the ledger are lost.
        self.deliveries.clear()
        self._pass_time(_LEASE)

    def _pass_time(self, seconds: float = _LATER) -> None:
        self.now += seconds
        self.story.append("time passes")
        self.changes += 1

    def _go_on(self, attempt: Attempt) -> None:
        if attempt.stage == "waiting" and self.is_watched and not attempt.is_connected:
            self._leave(attempt)
            return
        {"waiting": self._look, "running": self._finish, "exchanging": self._exchange}[
            attempt.stage
        ](attempt)

    def _look(self, attempt: Attempt) -> None:
        attempt.seen = self.changes
        verdict = begin(self.database, self._begin(attempt))
        self.story.append(f"{attempt.id}: {verdict}")
        if isinstance(verdict, Begun):
            attempt.stage = "running"
            if attempt.fate == "image":
                self.purchases.append(attempt.id)
            self.changes += 1
        elif isinstance(verdict, RateLimited):
            self._answer(attempt, None, None)
        else:
            assert isinstance(verdict, Earlier)
            self._heed(attempt, verdict)

    def _heed(self, attempt: Attempt, verdict: Earlier) -> None:
        if isinstance(verdict, Answered):
            self._answer(attempt, verdict.answer, verdict.id)
        elif isinstance(verdict, Lost):
            lost = self._end(verdict.request.id, "outcome unknown", is_guess=True)
            end(self.database, lost)
            self._answer(attempt, "outcome unknown", verdict.request.id)
        else:
            assert isinstance(verdict, Running)

    def _finish(self, attempt: Attempt) -> None:
        image = attempt.id if attempt.fate == "image" else None
        is_left = self.is_watched and not attempt.is_connected
        ended = end(self.database, self._end(attempt.id, image, is_left=is_left))
        self.story.append(f"{attempt.id} ends")
        if image is not None and ended.is_claimed and not is_left:
            attempt.stage = "exchanging"
            self.changes += 1
        else:
            self._answer(attempt, image, attempt.id)

    def _exchange(self, attempt: Attempt) -> None:
        attempt.seen = self.changes
        verdict = exchange(self.database, attempt.id, self.now)
        self.story.append(f"{attempt.id} exchanges: {verdict and verdict.id}")
        if verdict is None:
            self._answer(attempt, attempt.id, attempt.id)
        else:
            self._heed(attempt, verdict)

    def _answer(self, attempt: Attempt, answer: str | None, name: str | None) -> None:
        """Send an answer, or an unbilled failure."""
        self._leave(attempt)
        if not attempt.is_connected:
            return
        if answer is None:
            attempt.client.fails()
            return
        attempt.client.outcome = answer
        attempt.client.waits_for = None
        if self.is_watched and name is not None:
            self.deliveries.append((self.now, name))

    def _leave(self, attempt: Attempt) -> None:
        self.attempts.remove(attempt)
        self.changes += 1

    def _begin(self, attempt: Attempt) -> Begin:
        delivered = [name for at, name in self.deliveries if at < self.now]
        self.deliveries = [(at, name) for at, name in self.deliveries if at >= self.now]
        return Begin(
            id=attempt.id,
            owner="ci",
            now=self.now,
            lease=_LEASE,
            provider="openai",
            model="m",
            images=1,
            stem="s",
            price=Price(each=0),
            requests_per_minute=0 if attempt.fate == "limit" else None,
            idempotency=Idempotency(
                "alike",
                "alike",
                is_named=False,
                retries=attempt.number,
                client="the same",
                is_watched=self.is_watched,
                arrived=attempt.arrived,
            ),
            delivered=tuple(delivered),
        )

    def _end(
        self, name: str, answer: str | None, *, is_left: bool = False, is_guess: bool = False
    ) -> End:
        return End(
            id=name,
            owner="ci",
            started=self.now,
            now=self.now,
            state="failed" if answer is None else "completed",
            answer=answer,
            is_left=is_left,
            is_guess=is_guess,
        )


def every_order(play: Callable[[Callable[[int], int]], None]) -> int:
    """Play a scene in every order of its steps; return the number of orders."""
    taken: list[tuple[int, int]] = []
    played = 0
    while True:
        path = [choice for choice, _ in taken]
        taken = []

        def choose(count: int, path: list[int] = path) -> int:
            choice = path[len(taken)] if len(taken) < len(path) else 0  # noqa: B023
            taken.append((choice, count))  # noqa: B023
            return choice

        play(choose)
        played += 1
        while taken and taken[-1][0] + 1 == taken[-1][1]:
            taken.pop()
        if not taken:
            return played
        choice, count = taken[-1]
        taken[-1] = (choice + 1, count)
