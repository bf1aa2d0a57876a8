"""Call the ledger at random, and compare each answer, and regularly everything, with the model."""

import random
from dataclasses import dataclass, field

from campaigns.ledger.model import Model, totals
from campaigns.ledger.retries import play_scenes
from campaigns.report import Report
from easel.ledger.background import cancel_background, claim_background, find_unclaimed
from easel.ledger.history import forget_image, list_images
from easel.ledger.messages import Begin, Budget, End, Hold, Idempotency, Price
from easel.ledger.records import ImageRecord, ModelUsage
from easel.ledger.requests import begin, end, find_lost, forget_answers, hold, renew
from easel.ledger.verdicts import OverBudget
from support.ledger import MemoryDatabase

_START = 1_795_780_800.0
_OWNERS = ("alice", "bob")
_NAMES = ("one", "two", "three")
_PRINTS = ("red", "green", "blue")
# Seconds by which the clock moves on; now and then to another minute, hour or day.
_JUMPS = (0, 0, 0.5, 3, 31, 61, 3600, 86_400)
_STEPS_BETWEEN_AUDITS = 200
_MOST_REQUESTS = 60
_STEPS_OF_A_SCENE = 10


@dataclass
class _Play:
    """One run: the ledger, the model of it, and the clock of both."""

    chance: random.Random
    report: Report
    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    model: Model = field(default_factory=Model)
    now: float = _START
    number: int = 0

    def check(self, what: str, found: object, expected: object) -> None:
        self.report.check(
            found == expected,
            f"step {self.number}, {what}: the ledger says {found!r}, the model {expected!r}",
        )

    def begin(self) -> None:
        asked = self._request()
        verdict = begin(self.database, asked)
        reason = verdict.reason if isinstance(verdict, OverBudget) else None
        self.check(f"begin {asked.id}", (verdict.kind, reason), self.model.begin(asked))

    def hold(self) -> None:
        name = self._any_open()
        if name is None:
            return
        known = self.model.requests[name]
        asked = Hold(
            name,
            known.asked.owner,
            self.now,
            known.asked.now,
            spent=self.chance.randrange(20),
            counted=self.chance.randrange(3),
            images=self.chance.randint(1, 3),
            price=self._price(),
        )
        verdict = hold(self.database, asked)
        self.check(f"hold {name}", verdict and verdict.reason, self.model.hold(asked))

    def end(self) -> None:
        name = self._any_request()
        if name is None:
            return
        known = self.model.requests[name]
        if known.state == "queued":
            return
        is_guess = self.chance.random() < 0.3
        images = tuple(self._images(known.asked)) if self.chance.random() < 0.7 else ()
        answer = self.chance.choice((f"answer {self.number}", None))
        told = End(
            id=name,
            owner=known.asked.owner,
            started=known.asked.now,
            now=self.now,
            state="completed" if images else "failed",
            spent=(self._spent(len(images)), self._spent(0)),
            images=images,
            answer=f"guess {self.number}" if is_guess else answer,
            is_guess=is_guess,
        )
        end(self.database, told)
        self.model.end(told)

    def renew(self) -> None:
        name = self._any_open()
        if name is not None:
            known = self.model.requests[name]
            known.lease = self.now + 30
            self.check(
                f"renew {name}",
                renew(self.database, name, known.lease),
                known.state != "cancelling",
            )

    def claim(self) -> None:
        name = self._any_request(background=True)
        if name is None:
            return
        known = self.model.requests[name]
        found = claim_background(self.database, name, self.now, 30)
        self.check(f"claim {name}", found and found.state, known.state)
        if known.state == "queued":
            known.state, known.lease = "running", self.now + 30

    def cancel(self) -> None:
        name = self._any_request(background=True)
        if name is None:
            return
        known = self.model.requests[name]
        others = next(one for one in _OWNERS if one != known.asked.owner)
        self.check("cancel", cancel_background(self.database, others, name, self.now, "x"), None)
        found = cancel_background(self.database, known.asked.owner, name, self.now, "cancelled")
        if known.state == "queued":
            known.state, known.answer, known.ended = "cancelled", "cancelled", self.now
        elif known.state == "running":
            known.state = "cancelling"
        self.check(f"cancel {name}", found and found.state, known.state)

    def delete(self) -> None:
        if self.model.images:
            image = self.chance.choice(self.model.images)
            forget_image(self.database, image.owner, image.id)
            self.model.images.remove(image)

    def forget(self) -> None:
        before = self.now - self.chance.choice((60, 3600, 86_400))
        forget_answers(self.database, before)
        self.model.forget_answers(before)

    def pass_time(self) -> None:
        self.now += self.chance.choice(_JUMPS)

    def audit(self) -> None:
        """Compare all that can be read."""
        for owner in _OWNERS:
            listed = list_images(self.database, owner, 10_000, None, 0.0) or []
            images = [one.id for one in self.model.of(owner, 0)]
            self.check(f"the images of {owner}", [one.id for one in listed], images)
        names = "requests, images, errors, nanodollars, unpriced, counted"
        rows = self.database.query(
            f"SELECT day, owner, provider, model, {names} FROM usage ORDER BY 1, 2, 3, 4"
        )
        used = [[*name, *counts.values()] for name, counts in totals(self.model)]
        self.check("the usage", rows, used)
        lost = [
            one.asked.id
            for one in self.model.open()
            if one.state != "queued" and one.lease < self.now
        ]
        found = [one.id for one in find_lost(self.database, self.now, 10_000)]
        self.check("what is lost", sorted(found), sorted(lost))
        waiting = [
            one.asked.id
            for one in self.model.open()
            if one.state == "queued" and one.lease < self.now
        ]
        unclaimed = find_unclaimed(self.database, self.now, 10_000)
        self.check("what is unclaimed", sorted(unclaimed), sorted(waiting))

    def clean_up(self) -> None:
        """End what is open, so that a long run does not slow down."""
        if len(self.model.requests) > _MOST_REQUESTS:
            self.now += 2 * 86_400
            for one in self.model.open():
                self._settle(one.asked.id)
            self.now += 2 * 86_400
            self.forget()
            self.check("what is left", self.database.query("SELECT id FROM requests"), [])

    def _settle(self, name: str) -> None:
        known = self.model.requests[name]
        told = End(name, known.asked.owner, known.asked.now, self.now, "failed", answer="settled")
        end(self.database, told)
        self.model.end(told)

    def _request(self) -> Begin:
        chance = self.chance
        idempotency = None
        if chance.random() < 0.5:
            idempotency = Idempotency(chance.choice(_NAMES), chance.choice("ab"), is_named=True)
        alike: tuple[str, ...] = ()
        if chance.random() < 0.3:
            alike = tuple(chance.sample(_PRINTS, chance.randint(1, 3)))
        return Begin(
            id=f"r{self.number}",
            owner=chance.choice(_OWNERS),
            now=self.now,
            lease=30.0,
            provider="openai",
            model=chance.choice("mn"),
            images=len(alike) or chance.randint(1, 4),
            stem="s",
            price=self._price(),
            requests_per_minute=chance.choice((None, None, 2, 5)),
            idempotency=idempotency,
            alike=alike,
            since=self.now - chance.choice((1e9, 3600)),
            stored=chance.choice((None, None, "plan")),
        )

    def _price(self) -> Price:
        chance = self.chance
        return Price(
            each=chance.choice((None, 0, 1, 7)),
            is_counted=chance.random() < 0.8,
            own=self._budget(),
            whole=self._budget(),
        )

    def _budget(self) -> Budget:
        chance = self.chance
        return Budget(chance.choice((None, 0, 10, 60, 400)), chance.choice((None, 0, 5, 40, 200)))

    def _spent(self, images: int) -> ModelUsage:
        chance = self.chance
        counts = [chance.randrange(9) for _ in range(4)]
        return ModelUsage("openai", chance.choice("mn"), 1, images, *counts)

    def _images(self, asked: Begin) -> list[ImageRecord]:
        prints: list[str | None] = [*asked.alike] or [self.chance.choice((None, *_PRINTS))]
        return [
            ImageRecord(f"{asked.id}-{place}", asked.owner, self.now, "key", "{}", print_)
            for place, print_ in enumerate(prints)
        ]

    def _any_open(self) -> str | None:
        names = [one.asked.id for one in self.model.open()]
        return self.chance.choice(names) if names else None

    def _any_request(self, *, background: bool = False) -> str | None:
        names = [
            name for name, one in self.model.requests.items() if one.is_background or not background
        ]
        return self.chance.choice(names) if names else None


def run(*, seed: int, steps: int) -> Report:
    """Take so many random steps, and a tenth as many scenes of clients that retry."""
    report = Report()
    play = _Play(random.Random(seed), report)
    calls = [
        (play.begin, 10),
        (play.end, 6),
        (play.pass_time, 5),
        (play.hold, 3),
        (play.renew, 2),
        (play.claim, 2),
        (play.cancel, 1),
        (play.delete, 1),
        (play.forget, 1),
    ]
    chosen = play.chance.choices(*zip(*calls, strict=True), k=steps)
    for play.number, call in enumerate(chosen):
        call()
        play.clean_up()
        if play.number % _STEPS_BETWEEN_AUDITS == 0:
            play.audit()
        if report.breaches:
            # What follows from a difference would only repeat it.
            break
    play.audit()
    report.add_figure("steps", play.number + 1)
    for call, _ in calls:
        report.add_figure(f"  {call.__name__}", chosen[: play.number + 1].count(call))
    play_scenes(play.chance, steps // _STEPS_OF_A_SCENE, report)
    return report
