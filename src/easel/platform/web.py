"""What easel needs to fetch a URL that somebody else chose."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from easel.platform.buffers import Buffer
from easel.platform.calls import UpstreamFailure, do_nothing


class UrlFailure(UpstreamFailure):
    """A URL could not be fetched; `reason` says in what way."""

    def __init__(
        self, reason: Literal["timeout", "too_large", "unreachable"], message: str
    ) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class UrlAnswer:
    """What a URL answered.

    Attributes:
        location: where a redirect leads, as it was sent, or None.
        content_type: as it was sent, or empty.
        body: of a 200, after its content encoding was undone; other bodies are not read.
        release: releases the memory that is reserved for the body.
    """

    status: int
    location: str | None = None
    content_type: str = ""
    body: Buffer | None = None
    release: Callable[[], object] = field(default=do_nothing, compare=False, repr=False)


class OpenUrl(Protocol):
    """What fetches a URL."""

    async def __call__(
        self, url: str, *, seconds: float, limit: int, reserves_memory: bool = False
    ) -> UrlAnswer:
        """GET a URL, following no redirect and sending no credentials.

        Whatever happens, no connection is left open.

        Args:
            url: as `media.urls.check_url` returned it.
            seconds: within which the whole answer must have come, its body included.
            limit: the most bytes that the body may have.
            reserves_memory: whether a large body waits until memory for it is free; `seconds` do
                not pass meanwhile.

        Raises:
            UrlFailure: there is no answer, or not in time, or it is too long.
        """
        ...
