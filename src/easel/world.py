"""What easel needs from outside, as it is handed in: by `runtime` in workerd, by fakes in tests."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from easel.handles import Answer, Buffer, LongText, Stream
from easel.settings import Settings
from easel.size import Size
from easel.storage import Bucket, Cache

T = TypeVar("T")

ImageFormat = Literal["png", "jpeg", "webp", "gif"]


@dataclass(frozen=True)
class ModelCall:
    """A call of the Workers AI binding.

    Attributes:
        inputs: the model's inputs; values are JSON, `Attachment`s, or lists of either.
        as_form: whether they are sent as a form instead of JSON.
        options: what else is said to the binding.
    """

    model: str
    inputs: Mapping[str, object]
    as_form: bool = False
    options: Mapping[str, object] = field(default_factory=dict)


class NoMaskError(Exception):
    """A mask marks nothing; the message says why, as the rest of a sentence about it."""


class UpstreamFailure(Exception):  # noqa: N818 - not an error of ours yet: a provider says what it means
    """A binding or a connection failed; the message is upstream's own, unfiltered."""


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
    """

    status: int
    location: str | None = None
    content_type: str = ""
    body: Buffer | None = None


class OpenUrl(Protocol):
    """What fetches a URL."""

    async def __call__(self, url: str, *, seconds: float, limit: int) -> UrlAnswer:
        """GET a URL, following no redirect and sending no credentials.

        Whatever happens, no connection is left open.

        Args:
            url: as `trust.check_url` returned it.
            seconds: within which the whole answer must have come, its body included.
            limit: the most bytes that the body may have.

        Raises:
            UrlFailure: there is no answer, or not in time, or it is too long.
        """
        ...


@dataclass(frozen=True)
class Transformation:
    """What is to be made of an image; equal ones make equal images.

    https://developers.cloudflare.com/images/optimization/features/

    Attributes:
        format: what to encode it in: `png`, `jpeg`, `webp`, `avif` or `gif`.
        quality: 1 to 100; None for a format that loses nothing.
        box: the pixels that `fit` speaks of; None leaves the size as it is.
        fit: Cloudflare's word for how the image is brought into the box; None without a box.
    """

    format: str
    quality: int | None = None
    box: Size | None = None
    fit: str | None = None


@dataclass(frozen=True)
class Encoded:
    """A transformed image.

    Attributes:
        media_type: what it is now; Cloudflare makes WebP or JPEG where AVIF would take too long.
    """

    media_type: str
    content: Buffer


@dataclass(frozen=True)
class World:
    """Everything outside that one request may touch.

    Attributes:
        settings: the owner's settings; raises `ConfigurationError`.
        run_model: call the Workers AI binding; raises `UpstreamFailure`.
        transform: call the Images binding with an image; raises `UpstreamFailure`.
        paint_mask: make of a PNG with transparent parts an opaque one of the same size, white
            where it was transparent and black elsewhere; raises `NoMaskError`.
        open_url: fetch a URL that has been checked.
        long_text: hold a string outside Python.
        now: the time, in UTC.
        random_bytes: so many bytes fit for secrets.
        keep_alive: run a coroutine to its end even if the client leaves; the result can be awaited.
        log: write one line to the Worker's log.
    """

    settings: Callable[[], Settings]
    bucket: Bucket
    cache: Cache
    run_model: Callable[[ModelCall], Awaitable[Answer]]
    transform: Callable[[Buffer | Stream, Transformation], Awaitable[Encoded]]
    paint_mask: Callable[[Buffer], Awaitable[Buffer]]
    open_url: OpenUrl
    long_text: Callable[[str], LongText]
    now: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]
    keep_alive: Callable[[Coroutine[None, None, T]], Awaitable[T]]
    log: Callable[[str], None]
