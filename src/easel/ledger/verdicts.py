"""The ledger's answers to a request that wants to begin.

`kind` tells them apart in JSON; code matches their classes.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from easel.ledger.records import ImageRecord, OpenRequest

Reason = Literal["own_usd", "own_images", "usd", "images", "unpriced"]


@dataclass(frozen=True)
class Begun:
    """The request begins; the images in `stored` exist already and are not generated again."""

    stored: tuple[ImageRecord, ...] = ()
    kind: Literal["begun"] = "begun"


@dataclass(frozen=True)
class Answered:
    """The same request has ended with this answer."""

    id: str
    answer: str
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True)
class Queued:
    """The same request is a job that waits for its turn."""

    id: str
    kind: Literal["queued"] = "queued"


@dataclass(frozen=True)
class Running:
    """The same request is running; the id is None if several requests match."""

    id: str | None = None
    kind: Literal["running"] = "running"


@dataclass(frozen=True)
class Lost:
    """The same request began, its lease has expired, and its outcome is unknown."""

    request: OpenRequest
    kind: Literal["lost"] = "lost"

    @property
    def id(self) -> str:
        """The id of the request."""
        return self.request.id


@dataclass(frozen=True)
class Conflict:
    """The idempotency key belongs to a different request."""

    kind: Literal["conflict"] = "conflict"


@dataclass(frozen=True)
class Stored:
    """All images of the request are stored already."""

    stored: tuple[ImageRecord, ...]
    kind: Literal["stored"] = "stored"


@dataclass(frozen=True)
class OverBudget:
    """The request would exceed a budget, which is renewed at `until` (Unix time in seconds)."""

    reason: Reason
    until: float
    kind: Literal["over_budget"] = "over_budget"


@dataclass(frozen=True)
class RateLimited:
    """The key has reached its requests per minute until `until` (Unix time in seconds)."""

    until: float
    kind: Literal["rate_limited"] = "rate_limited"


# The state of an earlier request that is the same one.
Earlier = Answered | Queued | Running | Lost

Refused = OverBudget | RateLimited

Verdict = Annotated[
    Begun | Answered | Queued | Running | Lost | Conflict | Stored | OverBudget | RateLimited,
    Field(discriminator="kind"),
]
