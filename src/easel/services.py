"""What easel needs from outside, as it is handed in: by `runtime` in workerd, by fakes in tests."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from easel.access.circuit_breaker import Health
from easel.ledger.calls import Ledger
from easel.ledger.deliveries import Deliveries
from easel.observability.request_log import Journal
from easel.platform.buffers import Answer, Buffer, LongText, Stream
from easel.platform.calls import HttpAnswer, HttpCall, ModelCall, UpstreamFailure
from easel.platform.size import Size
from easel.platform.storage import Bucket, Cache
from easel.settings.settings import Settings

T = TypeVar("T")

ImageFormat = Literal["png", "jpeg", "webp", "gif", "svg"]

# Questions about jobs are counted apart: they cost less than other requests and come more often.
RateLimit = Literal["requests", "lookups"]


class NoMaskError(Exception):
    """A mask marks nothing; the message says why, as the rest of a sentence about it."""


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


class CallHttp(Protocol):
    """What calls providers."""

    async def __call__(self, call: HttpCall, *, seconds: float, limit: int) -> HttpAnswer:
        """Send a request, and read the answer in full unless it is to be read by events.

        A call that is under way when the client leaves has the settings' grace to finish.

        Args:
            call: what to send, its credential included.
            seconds: within which the whole answer must have come, all events included.
            limit: the most bytes that the answer may have.

        Raises:
            CallFailure: there is no such answer.
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
        health: what is remembered of providers from request to request.
        ledger: what remembers requests, images and what they cost.
        secrets: secrets that the ledger keeps, as far as they were asked for.
        deliveries: answers that were given and of which the ledger does not know yet.
        journal: what is written down of the request at hand.
        is_within_rate: count a request of somebody's against one of the Worker's rate limits.
        enqueue: have a message delivered to the Worker later, after so many seconds at least.
        measure: write a data point: an index, texts and numbers; where the owner wants any.
        run_model: call the Workers AI binding; raises `UpstreamFailure`.
        call_http: call a provider.
        transform: call the Images binding with an image; raises `UpstreamFailure`.
        paint_mask: make of a PNG with transparent parts an opaque one of the same size, white
            where it was transparent and black elsewhere; raises `NoMaskError`.
        open_url: fetch a URL that has been checked.
        long_text: hold a string outside Python.
        digest: the SHA-256 of a buffer, or of a string in UTF-8, in hexadecimal digits.
        now: the time, in UTC.
        sleep: wait so many seconds.
        client_left: whether nobody waits for the answer any more.
        call_off: treat the client as having left.
        random_bytes: so many bytes fit for secrets.
        keep_alive: run a coroutine to its end even if the client leaves; the result can be awaited.
        log: note what went wrong, for the request's line in the log.
    """

    settings: Callable[[], Settings]
    bucket: Bucket
    cache: Cache
    health: Health
    ledger: Ledger
    secrets: dict[str, str]
    deliveries: Deliveries
    journal: Journal
    is_within_rate: Callable[[str, RateLimit], Awaitable[bool]]
    enqueue: Callable[[str, float], Awaitable[None]]
    measure: Callable[[str, Sequence[str], Sequence[float]], None]
    run_model: Callable[[ModelCall], Awaitable[Answer]]
    call_http: CallHttp
    transform: Callable[[Buffer | Stream, Transformation], Awaitable[Encoded]]
    paint_mask: Callable[[Buffer], Awaitable[Buffer]]
    open_url: OpenUrl
    long_text: Callable[[str], LongText]
    digest: Callable[[Buffer | LongText], Awaitable[str]]
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    client_left: Callable[[], bool]
    call_off: Callable[[], None]
    random_bytes: Callable[[int], bytes]
    keep_alive: Callable[[Coroutine[None, None, T]], Awaitable[T]]
    log: Callable[[str], None]
