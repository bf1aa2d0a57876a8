"""What the ledger promises, in plain Python: lists and sums instead of SQL."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime

from easel.ledger.messages import Begin, Budget, End, Hold, Price
from easel.ledger.records import ImageRecord, ModelUsage
from easel.limits import ANSWER_KEPT_SECONDS

_DAY = 86_400
_MINUTE = 60
_COUNTS = ("requests", "images", "errors", "nanodollars", "unpriced", "counted")


@dataclass
class Known:
    """A request, as the model remembers it.

    Attributes:
        asked: how it began.
        held: nanodollars and images that it holds of the budgets.
        guess: what an inferred end has added to the usage.
    """

    asked: Begin
    day: str
    lease: float
    held: tuple[int, int]
    state: str
    ended: float | None = None
    answer: str | None = None
    guess: tuple[ModelUsage, ...] | None = None

    @property
    def name(self) -> str | None:
        """Its idempotency key, if the caller sent one."""
        return self.asked.idempotency.key if self.asked.idempotency else None

    @property
    def is_background(self) -> bool:
        return self.asked.stored is not None


@dataclass
class Model:
    """Everything that the ledger should know."""

    requests: dict[str, Known] = field(default_factory=dict)
    usage: Counter[tuple[str, str, str, str, str]] = field(default_factory=Counter)
    images: list[ImageRecord] = field(default_factory=list)
    pace: dict[str, tuple[int, int]] = field(default_factory=dict)

    def begin(self, asked: Begin) -> tuple[str, str | None]:
        """The kind and the reason of the verdict on a request that wants to begin."""
        earlier = self._earlier(asked)
        if earlier is not None:
            return earlier, None
        stored = [print_ for print_ in asked.alike if self._alike(asked, print_)]
        if asked.alike and len(stored) == len(asked.alike):
            self._count(
                day_of(asked.now), asked.owner, ModelUsage(asked.provider, asked.model, requests=1)
            )
            return "stored", None
        if asked.alike and any(self._flies_with(asked, one) for one in self.requests.values()):
            return "running", None
        missing = asked.images - len(stored)
        reason = self._over_budget(asked.owner, day_of(asked.now), asked.price, missing)
        if reason is not None:
            return "over_budget", reason
        if asked.requests_per_minute is not None and self._is_too_fast(asked):
            return "rate_limited", None
        self.requests[asked.id] = Known(
            asked,
            day_of(asked.now),
            asked.now + asked.lease,
            _held(asked.price, missing, (0, 0)),
            "running" if asked.stored is None else "queued",
        )
        return "begun", None

    def hold(self, asked: Hold) -> str | None:
        """Why a request may not go on with another model; None if it may."""
        spent = (asked.spent, asked.counted)
        reason = self._over_budget(
            asked.owner, day_of(asked.started), asked.price, asked.images, spent, asked.id
        )
        if reason is None:
            self.requests[asked.id].held = _held(asked.price, asked.images, spent)
        return reason

    def end(self, told: End) -> None:
        """End a request."""
        self.images += [image for image in told.images if not self._has_image(image.id)]
        known = self.requests.get(told.id)
        if known is None or (known.ended is not None and (told.is_guess or known.guess is None)):
            return
        for spent in told.spent:
            self._count(day_of(told.started), told.owner, spent)
        for spent in known.guess or ():
            self._count(day_of(told.started), told.owner, spent, sign=-1)
        known.state, known.answer, known.ended = told.state, told.answer, told.now
        known.guess = told.spent if told.is_guess else None
        is_kept = told.answer is not None and (known.name is not None or known.is_background)
        if not told.is_guess and not is_kept:
            del self.requests[told.id]

    def forget_answers(self, before: float) -> None:
        """Forget what ended before a time."""
        self.requests = {
            name: one
            for name, one in self.requests.items()
            if one.ended is None or one.ended >= before
        }

    def open(self) -> list[Known]:
        """The requests that have not ended."""
        return [one for one in self.requests.values() if one.ended is None]

    def of(self, owner: str, since: float) -> list[ImageRecord]:
        """A key's images, the newest first."""
        return [one for one in reversed(self.images) if one.owner == owner and one.created >= since]

    def _earlier(self, asked: Begin) -> str | None:
        if asked.idempotency is None:
            return None
        for one in self.requests.values():
            if one.asked.owner != asked.owner or one.name != asked.idempotency.key:
                continue
            if one.ended is not None and one.ended <= asked.now - ANSWER_KEPT_SECONDS:
                continue
            idempotency = one.asked.idempotency
            assert idempotency is not None
            if idempotency.fingerprint != asked.idempotency.fingerprint:
                return "conflict"
            if one.answer is not None:
                return "answered"
            if one.state == "queued":
                return "queued"
            return "running" if one.lease > asked.now else "lost"
        return None

    def _alike(self, asked: Begin, print_: str) -> bool:
        return any(
            one.fingerprint == print_ and one.created >= asked.since
            for one in self.of(asked.owner, 0)
        )

    @staticmethod
    def _flies_with(asked: Begin, one: Known) -> bool:
        return (
            one.asked.owner == asked.owner
            and one.asked.alike == asked.alike
            and one.ended is None
            and one.lease > asked.now
            and one.asked.id != asked.id
        )

    def _over_budget(
        self,
        owner: str,
        day: str,
        price: Price,
        images: int,
        spent: tuple[int, int] = (0, 0),
        name: str = "",
    ) -> str | None:
        if not price.is_counted:
            return None
        cost = None if price.each is None else price.each * images
        for budget, who, word in ((price.own, owner, "own_"), (price.whole, None, "")):
            used, counted = self._used(day, who, name)
            if budget.images is not None and counted + spent[1] + images > budget.images:
                return f"{word}images"
            if budget.nanodollars is None or cost == 0:
                continue
            if cost is None and price.own.images is None and price.whole.images is None:
                return "unpriced"
            left = budget.nanodollars - used - spent[0]
            if (cost is None and left <= 0) or (cost is not None and cost > left):
                return f"{word}usd"
        return None

    def _used(self, day: str, owner: str | None, without: str) -> tuple[int, int]:
        spent = {
            name: sum(
                count
                for (of, who, _, _, what), count in self.usage.items()
                if of == day and what == name and owner in (None, who)
            )
            for name in ("nanodollars", "counted")
        }
        held = [
            one.held
            for one in self.open()
            if one.day == day and owner in (None, one.asked.owner) and one.asked.id != without
        ]
        return (
            spent["nanodollars"] + sum(one[0] for one in held),
            spent["counted"] + sum(one[1] for one in held),
        )

    def _is_too_fast(self, asked: Begin) -> bool:
        minute = int(asked.now // _MINUTE)
        last, often = self.pace.get(asked.owner, (minute, 0))
        often = often + 1 if last == minute else 1
        self.pace[asked.owner] = (minute, often)
        return often > (asked.requests_per_minute or 0)

    def _count(self, day: str, owner: str, spent: ModelUsage, sign: int = 1) -> None:
        for name, count in zip(_COUNTS, astuple(spent)[2:], strict=True):
            self.usage[(day, owner, spent.provider, spent.model, name)] += sign * count

    def _has_image(self, name: str) -> bool:
        return any(one.id == name for one in self.images)


def day_of(now: float) -> str:
    """The day of a Unix time in UTC."""
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def without_bounds(price: Price) -> Price:
    """A price that counts against no budget's end."""
    return replace(price, own=Budget(), whole=Budget())


def _held(price: Price, images: int, spent: tuple[int, int]) -> tuple[int, int]:
    if not price.is_counted:
        return spent
    return spent[0] + images * (price.each or 0), spent[1] + images


def totals(model: Model) -> Iterator[tuple[tuple[str, str, str, str], dict[str, int]]]:
    """The usage by day, key, provider and model."""
    names = {place[:4] for place in model.usage}
    for name in sorted(names):
        yield name, {what: model.usage[(*name, what)] for what in _COUNTS}
