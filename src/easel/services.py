"""The services that a request uses: `runtime` implements them in workerd, tests fake them."""

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
    """All services of one request.

    Attributes:
        settings: returns the owner's settings; raises `ConfigurationError`.
        circuit_breaker: state of the providers' circuits, shared by the isolate's requests.
        ledger: client of the ledger.
        secrets: cache of the secrets that the ledger generates.
        deliveries: delivered answers that are not yet reported to the ledger.
        request_log: the log of this request.
        is_within_rate: counts a request against one of the Worker's rate limits.
        enqueue: sends a message to the Worker's queue, with a minimum delay in seconds.
        measure: writes a data point (index, texts, numbers) if the owner has set up a dataset.
        run_model: calls the Workers AI binding; raises `UpstreamFailure`.
        call_http: calls a provider.
        transform: calls the Images binding; raises `UpstreamFailure`.
        paint_mask: converts a PNG with transparent parts to an opaque mask of the same size, white
            for transparent and black for opaque pixels; raises `NoMaskError`.
        open_url: fetches a URL that has been checked.
        long_text: moves a string outside Python.
        digest: SHA-256 of a buffer, or of a string in UTF-8, in hexadecimal digits.
        now: returns the time in UTC.
        sleep: waits, in seconds.
        client_left: whether the client has disconnected or the job was cancelled.
        mark_client_left: marks the client as disconnected.
        random_bytes: returns cryptographically secure random bytes.
        keep_alive: runs a coroutine to its end even if the client disconnects.
        log: adds a note about a problem to the log of this request.
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
    mark_client_left: Callable[[], None]
    random_bytes: Callable[[int], bytes]
    keep_alive: Callable[[Coroutine[None, None, T]], Awaitable[T]]
    log: Callable[[str], None]
