"""Fetch URLs from untrusted sources."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from easel.platform.buffers import Buffer
from easel.platform.calls import UpstreamFailure, do_nothing


class UrlFailure(UpstreamFailure):
    """A URL could not be fetched, for the given reason."""

    def __init__(
        self, reason: Literal["timeout", "too_large", "unreachable"], message: str
    ) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class UrlAnswer:
    """The response of a URL.

    Attributes:
        location: target of a redirect, unresolved, or None.
        content_type: the unparsed header; may be empty.
        body: the decompressed body of a 200; other bodies are not read.
        release: releases the memory that is reserved for the body.
    """

    status: int
    location: str | None = None
    content_type: str = ""
    body: Buffer | None = None
    release: Callable[[], object] = field(default=do_nothing, compare=False, repr=False)


class OpenUrl(Protocol):
    """An HTTP client for untrusted URLs."""

    async def __call__(
        self, url: str, *, seconds: float, limit: int, reserves_memory: bool = False
    ) -> UrlAnswer:
        """GET a URL without redirects and credentials; the connection is always closed.

        Args:
            url: result of `media.urls.check_url`.
            seconds: time-out for the whole response.
            limit: maximum size of the body in bytes.
            reserves_memory: whether a large body waits until memory for it is free; the time-out
                does not include that wait.

        Raises:
            UrlFailure: there is no response, it timed out, or it is too large.
        """
        ...
