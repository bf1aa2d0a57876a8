"""The ledger's records, as they appear in its calls."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ImageRecord:
    """A stored image.

    Attributes:
        owner: name of the key that requested it.
        created: Unix time in seconds.
        key: key of the object in the bucket.
        fingerprint: fingerprint of the request, if it is reproducible.
        about: all other metadata, as JSON.
    """

    id: str
    owner: str
    created: float
    key: str
    about: str
    fingerprint: str | None = None


@dataclass(frozen=True)
class OpenRequest:
    """A request that has begun and not ended.

    Attributes:
        images: number of images requested.
        stem: secret from which the ids of its images are derived.
        nanodollars: money held for it, for images with a known price.
        unpriced: number of its images without a known price.
        counted: number of images held for it.
    """

    id: str
    owner: str
    started: float
    provider: str
    model: str
    images: int
    stem: str
    nanodollars: int
    unpriced: int
    counted: int


@dataclass(frozen=True)
class ModelUsage:
    """The usage of one model by a request.

    Attributes:
        requests: 1 for the model to which the request is attributed, else 0.
        images: number of images generated.
        errors: number of images that failed.
        nanodollars: amount charged, for images with a known price.
        unpriced: number of images charged without a known price.
        counted: number of images that count against a budget.
    """

    provider: str
    model: str
    requests: int = 0
    images: int = 0
    errors: int = 0
    nanodollars: int = 0
    unpriced: int = 0
    counted: int = 0


State = Literal["queued", "running", "cancelling", "completed", "failed", "cancelled"]


@dataclass(frozen=True)
class BackgroundRequest:
    """A background request.

    Attributes:
        is_alive: whether its lease is valid.
        stored: the stored form of the request; None after its end.
        answer: its result as JSON; None before its end.
        ended: Unix time of its end; None before.
        follow_up: work to do after its end, as JSON.
    """

    request: OpenRequest
    state: State
    is_alive: bool
    stored: str | None
    answer: str | None
    ended: float | None
    follow_up: str | None


@dataclass(frozen=True)
class UsageTotal:
    """The usage of one group.

    Attributes:
        name: the model, key, provider or day.
        unpriced: number of images without a known price.
    """

    name: str
    requests: int
    images: int
    errors: int
    nanodollars: int
    unpriced: int


Grouping = Literal["model", "key", "provider", "day"]
