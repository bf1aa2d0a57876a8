"""What easel needs from outside, as it is handed in: by `runtime` in workerd, by fakes in tests."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from easel.access.circuit_breaker import CircuitBreaker
from easel.access.rate_limit import IsWithinRate
from easel.ledger.calls import Ledger
from easel.ledger.deliveries import Deliveries
from easel.observability.request_log import RequestLog
from easel.platform.buffers import Answer, Buffer, LongText, Stream
from easel.platform.calls import CallHttp, ModelCall
from easel.platform.images import Encoded, Transformation
from easel.platform.storage import Bucket, Cache
from easel.platform.web import OpenUrl
from easel.settings.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True)
class Services:
    """Everything outside that one request may touch.

    Attributes:
        settings: the owner's settings; raises `ConfigurationError`.
        health: what is remembered of providers from request to request.
        ledger: what remembers requests, images and what they cost.
        secrets: secrets that the ledger keeps, as far as they were asked for.
        deliveries: answers that were given and of which the ledger does not know yet.
        request_log: what is written down of the request at hand.
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
    circuit_breaker: CircuitBreaker
    ledger: Ledger
    secrets: dict[str, str]
    deliveries: Deliveries
    request_log: RequestLog
    is_within_rate: IsWithinRate
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
