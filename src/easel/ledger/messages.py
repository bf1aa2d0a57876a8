"""What is said to the ledger, and what it answers; all of it can be written as JSON."""

from dataclasses import dataclass
from typing import Literal

from easel.ledger.records import ImageRecord, Spent


@dataclass(frozen=True)
class Budget:
    """What may be spent in a day of UTC; None for what has no bound.

    Attributes:
        nanodollars: in USD / 1e9.
        images: how many, whatever they cost.
    """

    nanodollars: int | None = None
    images: int | None = None


@dataclass(frozen=True)
class Price:
    """What images cost the owner.

    Attributes:
        each: nanodollars for one; None where nobody knows.
        is_counted: whether they count against a budget; not where the caller pays for them.
        own: the budget of whoever asks.
        whole: the budget of all together.
    """

    each: int | None
    is_counted: bool = True
    own: Budget = Budget()
    whole: Budget = Budget()


@dataclass(frozen=True)
class Idempotency:
    """How a request may be recognised when it is made again.

    Attributes:
        key: what names it. Under a caller's own name there is one request only.
        fingerprint: of what is asked for.
        is_named: whether the caller named it; otherwise it is known by what it asks for alone, and
            only a client's own retries are repetitions.
        retries: how many times the client says that it has tried before.
        client: a fingerprint of the client's address and software, where it is not named.
        is_watched: whether easel learns when the client leaves.
        arrived: when the request came, as a Unix time.
    """

    key: str
    fingerprint: str
    is_named: bool
    retries: int = 0
    client: str = ""
    is_watched: bool = False
    arrived: float = 0.0


@dataclass(frozen=True)
class Begin:
    """A request wants to begin.

    Attributes:
        id: its own.
        owner: the name of the key that asks.
        now: the time.
        lease: seconds for which it counts as alive unless the lease is renewed.
        provider: of the model that is asked first.
        model: which that is.
        images: how many it asks for.
        stem: a secret from which the names of its images are derived.
        price: of its images.
        requests_per_minute: how many the key may begin; None for any number.
        idempotency: by what it is known again; None where it is not.
        alike: fingerprints of its images, where stored ones will do; empty otherwise.
        since: older ones will not do.
        plan: what is to be done later, where it is; then it is queued, not running.
        follow_up: what is to be done once it has ended, where anything is.
        delivered: other requests whose answers have reached their clients since the last call.
    """

    id: str
    owner: str
    now: float
    lease: float
    provider: str
    model: str
    images: int
    stem: str
    price: Price
    requests_per_minute: int | None = None
    idempotency: Idempotency | None = None
    alike: tuple[str, ...] = ()
    since: float = 0.0
    stored: str | None = None
    follow_up: str | None = None
    delivered: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hold:
    """A request goes on with another model, which may cost something else.

    Attributes:
        spent: nanodollars that it has cost so far.
        counted: images that it has cost so far.
        images: how many more are to be made.
        price: of these.
    """

    id: str
    owner: str
    now: float
    started: float
    spent: int
    counted: int
    images: int
    price: Price


@dataclass(frozen=True)
class End:
    """A request has ended.

    Attributes:
        state: what became of it.
        spent: what it cost, by model.
        images: what it made.
        answer: kept where somebody may ask again; None lets the same request begin anew.
        may_begin_again: whether an equal request under the same idempotency key begins anew,
            though the answer is kept for the job that asked for it.
        is_left: whether the client had left by then.
        is_guess: whether it is inferred after an interruption; the true end, should it come,
            replaces it.
    """

    id: str
    owner: str
    started: float
    now: float
    state: Literal["completed", "failed", "cancelled"]
    spent: tuple[Spent, ...] = ()
    images: tuple[ImageRecord, ...] = ()
    answer: str | None = None
    may_begin_again: bool = False
    is_left: bool = False
    is_guess: bool = False


@dataclass(frozen=True)
class Ended:
    """What follows from the end of a request.

    Attributes:
        follow_up: what is to be done now, as it was said when the request began.
        is_taken: whether a retry has taken the request, so that its answer is the retry's.
    """

    follow_up: str | None = None
    is_taken: bool = False
