"""What the ledger keeps, as it is told of."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ImageRecord:
    """A stored image.

    Attributes:
        id: its own.
        owner: the name of the key that had it made.
        created: Unix time in seconds.
        key: of the object in the bucket.
        fingerprint: of what it was made from, where it can be made again.
        about: everything else, as JSON.
    """

    id: str
    owner: str
    created: float
    key: str
    about: str
    fingerprint: str | None = None


@dataclass(frozen=True)
class Open:
    """A request that was begun and has not ended.

    Attributes:
        images: how many it asks for.
        stem: a secret from which the names of its images are derived.
        nanodollars: what is held for it, as far as prices are known.
        unpriced: how many of its images have no known price.
        counted: how many images are held for it.
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
class Spent:
    """What one model was asked for, and what it cost.

    Attributes:
        requests: 1 for the model that a request is counted for.
        images: how many it made.
        errors: how many it did not.
        nanodollars: what was charged, as far as it is known.
        unpriced: how many images were charged that nobody knows the price of.
        counted: how many images count against a budget.
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
    """A request that was put off.

    Attributes:
        state: how it stands.
        is_alive: whether somebody is at it, as far as anybody knows.
        plan: what is to be done; None once it has ended.
        answer: what came of it, once it has ended.
        ended: when it did.
        follow_up: what is to be done once it has.
    """

    request: Open
    state: State
    is_alive: bool
    stored: str | None
    answer: str | None
    ended: float | None
    follow_up: str | None


@dataclass(frozen=True)
class Total:
    """What was used, under one name.

    Attributes:
        name: of the model, key, provider or day.
        unpriced: images whose price nobody knows.
    """

    name: str
    requests: int
    images: int
    errors: int
    nanodollars: int
    unpriced: int


Grouping = Literal["model", "key", "provider", "day"]
