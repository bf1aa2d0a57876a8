"""Arguments of the ledger's calls; all can be encoded as JSON."""

from dataclasses import dataclass
from typing import Literal

from easel.ledger.records import ImageRecord, ModelUsage


@dataclass(frozen=True)
class Budget:
    """A budget for a day of UTC; None for no limit.

    Attributes:
        nanodollars: money in USD / 1e9.
        images: number of images, whatever they cost.
    """

    nanodollars: int | None = None
    images: int | None = None


@dataclass(frozen=True)
class Price:
    """The price of images for the owner, and the budgets that apply.

    Attributes:
        each: nanodollars for one image; None if the price is unknown.
        is_counted: whether they count against a budget; not if the caller pays the provider.
        own: budget of the key.
        whole: budget of all keys together.
    """

    each: int | None
    is_counted: bool = True
    own: Budget = Budget()
    whole: Budget = Budget()


@dataclass(frozen=True)
class Idempotency:
    """How a repetition of a request is recognised.

    Attributes:
        key: the caller's idempotency key, which identifies one request; or a derived key.
        fingerprint: fingerprint of the request.
        is_named: whether the caller sent an idempotency key. Otherwise the key is derived from the
            request, and only a client's own retries are repetitions.
        retries: number of retries so far, as the client reports it.
        client: fingerprint of the client's address and software; empty if `is_named`.
        is_watched: whether easel can detect that the client disconnects.
        arrived: Unix time at which the request arrived.
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
    """A request that is to begin.

    Attributes:
        owner: name of the key.
        now: Unix time in seconds.
        lease: seconds until the lease expires unless it is renewed.
        provider: provider of the first model.
        model: id of the first model.
        images: number of images requested.
        stem: secret from which the ids of its images are derived.
        price: price of its images.
        requests_per_minute: rate limit of the key; None for no limit.
        idempotency: how its repetitions are recognised; None if they are not.
        alike: fingerprints of its images, if stored images may be returned; else empty.
        since: Unix time; older stored images are not returned.
        stored: the stored form of a background request, which is queued; None for any other, which
            runs at once.
        follow_up: work to do after its end, as JSON.
        delivered: ids of other requests whose answers were delivered since the last call.
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
    """A request that continues with another model, which may have another price.

    Attributes:
        spent: nanodollars charged so far.
        counted: images counted so far.
        images: number of images still to be generated.
        price: price of these images.
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
    """The end of a request.

    Attributes:
        spent: its usage, by model.
        images: images that were generated and stored.
        answer: the answer for repetitions; None lets the same request begin again.
        may_begin_again: whether an equal request under the same idempotency key begins again,
            though the answer is kept for the job.
        is_left: whether the client had disconnected.
        is_guess: whether the end is inferred after an interruption; a real end replaces it.
    """

    id: str
    owner: str
    started: float
    now: float
    state: Literal["completed", "failed", "cancelled"]
    spent: tuple[ModelUsage, ...] = ()
    images: tuple[ImageRecord, ...] = ()
    answer: str | None = None
    may_begin_again: bool = False
    is_left: bool = False
    is_guess: bool = False


@dataclass(frozen=True)
class Ended:
    """The ledger's reply to the end of a request.

    Attributes:
        follow_up: work to do now, as given when the request began.
        is_taken: whether a retry has claimed the request and gets its answer.
    """

    follow_up: str | None = None
    is_claimed: bool = False
