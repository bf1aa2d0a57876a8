"""The services for unit tests: in memory and deterministic."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from typing import Any

from PIL import Image

from easel.access.circuit_breaker import CircuitBreaker
from easel.errors import StorageError
from easel.ledger.deliveries import Deliveries
from easel.observability.request_log import RequestLog
from easel.platform.buffers import Answer, Buffer, JsonValue, LongText, Stream
from easel.platform.calls import HttpAnswer, HttpCall, ModelCall, UpstreamFailure
from easel.platform.http import Base64, Form, Parts, Request, Response
from easel.platform.images import Encoded, NoMaskError, Transformation
from easel.platform.storage import ByteRange, CachedAnswer, ListedObject, StoredObject
from easel.platform.web import UrlAnswer, UrlFailure
from easel.services import Services
from easel.settings.settings import Settings
from support.ledger import MemoryLedger

_LONG = 1024

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Bytes:
    """A buffer of plain bytes."""

    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def slice(self, start: int, end: int) -> bytes:
        return self.content[start:end]


@dataclass(frozen=True)
class Text:
    """A long string as a plain string."""

    content: str

    @property
    def length(self) -> int:
        return len(self.content)

    def head(self, length: int) -> str:
        return self.content[:length]

    def decode_base64(self, start: int = 0) -> Bytes:
        return Bytes(base64.b64decode(self.content[start:], validate=True))


@dataclass
class Body:
    """A stream that records whether it was cancelled."""

    content: bytes
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class MemoryBucket:
    """A bucket; `fails` makes every call fail, and `uploaded` sets the upload times of objects.

    `reread` lists the keys of the objects that are read while they are sent.
    """

    objects: dict[str, tuple[bytes, str, Mapping[str, str]]] = field(default_factory=dict)
    uploaded: dict[str, datetime] = field(default_factory=dict)
    fails: bool = False
    opened: list[Body] = field(default_factory=list)
    reread: list[str] = field(default_factory=list)

    async def put(
        self, key: str, content: Buffer, content_type: str, metadata: Mapping[str, str]
    ) -> None:
        self._check()
        self.objects[key] = (content.slice(0, content.size), content_type, metadata)

    async def head(self, key: str) -> StoredObject | None:
        self._check()
        if key not in self.objects:
            return None
        content, content_type, _ = self.objects[key]
        uploaded = self.uploaded.get(key, NOW)
        return StoredObject(len(content), '"etag"', content_type, uploaded)

    async def get(self, key: str, span: ByteRange | None) -> StoredObject | None:
        head = await self.head(key)
        if head is None:
            return None
        content = self.objects[key][0]
        offset, length = (span.offset, span.length) if span else (0, len(content))
        body = Body(content[offset : offset + length])
        self.opened.append(body)
        return replace(head, body=body, offset=offset, length=length)

    def stored(self, key: str, size: int) -> Buffer:
        content = Bytes(self.objects[key][0])
        assert content.size == size
        self.reread.append(key)
        return content

    async def read(self, key: str) -> Buffer | None:
        self._check()
        return Bytes(self.objects[key][0]) if key in self.objects else None

    async def list(
        self, prefix: str, limit: int, after: str = "", *, with_metadata: bool = False
    ) -> list[ListedObject]:
        self._check()
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        return [
            ListedObject(
                key,
                len(self.objects[key][0]),
                self.uploaded.get(key, NOW),
                self.objects[key][2] if with_metadata else {},
            )
            for key in keys[:limit]
        ]

    async def delete(self, keys: Sequence[str]) -> None:
        self._check()
        for key in keys:
            self.objects.pop(key, None)

    def _check(self) -> None:
        if self.fails:
            raise StorageError("The bucket failed.")


@dataclass
class MemoryCache:
    """A cache; `fails` makes every call fail."""

    answers: dict[str, tuple[Mapping[str, str], bytes]] = field(default_factory=dict)
    fails: bool = False
    opened: list[Body] = field(default_factory=list)

    async def match(self, url: str) -> CachedAnswer | None:
        self._check()
        if url not in self.answers:
            return None
        headers, content = self.answers[url]
        body = Body(content)
        self.opened.append(body)
        # A cache adds the age of its answer and headers of its own.
        return CachedAnswer({**headers, "age": "60", "cf-cache-status": "HIT"}, body)

    async def put(self, url: str, headers: Mapping[str, str], content: Buffer) -> None:
        # Like the real cache, it is slower than the answer.
        await asyncio.sleep(0)
        self._check()
        self.answers[url] = (dict(headers), content.slice(0, content.size))

    def _check(self) -> None:
        if self.fails:
            raise UpstreamFailure("The cache failed.")


@lru_cache
def image_bytes(image_format: str = "jpeg", width: int = 1024, height: int = 1024) -> bytes:
    """A real image of one colour."""
    file = BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, image_format)
    return file.getvalue()


def base64_answer(content: bytes) -> Answer:
    """The answer of a Workers AI model such as schnell."""
    return {"image": Text(base64.b64encode(content).decode())}


@dataclass
class FakeServices:
    """Builds `Services` and records their use.

    `answer` is the result of every call of the AI binding: an answer, an error to raise, or a
    function of the inputs that returns either. `resizes` says whether the Images binding resizes,
    and `images_failure` is its error. `web` holds the answers of URLs, each answer takes `slowness`
    seconds, and `reserving` lists the URLs fetched with memory reserved. `mask_failure` is the
    error of every mask. `http` answers calls of providers, and `client_left` says whether the
    client has disconnected. Sleeping takes no time but moves the clock. `rate_limited` holds the
    callers over their rate limit, `queue` the queued messages, `data_points` the measurements.
    """

    answer: Any = None
    settings: Settings = field(
        default_factory=lambda: Settings(allow_anonymous=True, anonymous_is_admin=True)
    )
    bucket: MemoryBucket = field(default_factory=MemoryBucket)
    cache: MemoryCache = field(default_factory=MemoryCache)
    calls: list[ModelCall] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    web: Mapping[str, UrlAnswer | UrlFailure] = field(default_factory=dict)
    opened: list[tuple[str, float, int]] = field(default_factory=list)
    reserving: list[str] = field(default_factory=list)
    slowness: float = 0
    resizes: bool = True
    images_failure: str | None = None
    mask_failure: str | None = None
    transformations: list[Transformation] = field(default_factory=list)
    drawn: int = 0
    circuit_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    deliveries: Deliveries = field(default_factory=Deliveries)
    http: Callable[[HttpCall], HttpAnswer | Exception] | None = None
    http_calls: list[HttpCall] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    client_left: bool = False
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    request_log: RequestLog = field(default_factory=RequestLog)
    rate_limited: set[str] = field(default_factory=set)
    rate_limit_checks: list[tuple[str, str]] = field(default_factory=list)
    queue: list[tuple[str, float]] = field(default_factory=list)
    data_points: list[tuple[str, tuple[str, ...], tuple[float, ...]]] = field(default_factory=list)

    def services(self) -> Services:
        return Services(
            settings=lambda: self.settings,
            bucket=self.bucket,
            cache=self.cache,
            circuit_breaker=self.circuit_breaker,
            ledger=self.ledger,
            secrets={},
            deliveries=self.deliveries,
            request_log=self.request_log,
            is_within_rate=self._is_within_rate,
            enqueue=self._enqueue,
            measure=lambda index, texts, numbers: self.data_points.append(
                (index, tuple(texts), tuple(numbers))
            ),
            run_model=self._run_model,
            call_http=self._call_http,
            transform=self._transform,
            paint_mask=self._paint_mask,
            open_url=self._open_url,
            long_text=Text,
            digest=self._digest,
            now=self.now,
            sleep=self._sleep,
            client_left=lambda: self.client_left,
            mark_client_left=self._call_off,
            random_bytes=self._random_bytes,
            keep_alive=self._keep_alive,
            log=self.lines.append,
        )

    def now(self) -> datetime:
        passed = sum(self.slept) + self.slowness * (len(self.opened) + len(self.http_calls))
        return NOW + timedelta(seconds=passed)

    async def _is_within_rate(self, key: str, limit: str) -> bool:
        self.rate_limit_checks.append((key, limit))
        return key not in self.rate_limited

    async def _enqueue(self, message: str, seconds: float) -> None:
        self.queue.append((message, seconds))

    @staticmethod
    async def _digest(content: Buffer | LongText) -> str:
        if isinstance(content, Text):
            return sha256(content.content.encode()).hexdigest()
        assert isinstance(content, Buffer)
        return sha256(content.slice(0, content.size)).hexdigest()

    def _call_off(self) -> None:
        self.client_left = True

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def _call_http(self, call: HttpCall, *, seconds: float, limit: int) -> HttpAnswer:  # noqa: ARG002
        self.http_calls.append(call)
        assert self.http is not None
        answer = self.http(call)
        # Other tasks run meanwhile, as during a real network call.
        await asyncio.sleep(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _run_model(self, call: ModelCall) -> Answer:
        self.calls.append(call)
        answer = self.answer(call.inputs) if callable(self.answer) else self.answer
        if answer is None:
            answer = base64_answer(image_bytes())
        if isinstance(answer, Exception):
            raise answer
        result: Answer = answer
        return result

    async def _open_url(
        self, url: str, *, seconds: float, limit: int, reserves_memory: bool = False
    ) -> UrlAnswer:
        self.opened.append((url, seconds, limit))
        if reserves_memory:
            self.reserving.append(url)
        answer = self.web[url]
        if isinstance(answer, UrlFailure):
            raise answer
        return answer

    async def _paint_mask(self, content: Buffer) -> Buffer:
        if self.mask_failure is not None:
            raise NoMaskError(self.mask_failure)
        return Bytes(b"painted " + content.slice(0, content.size))

    async def _transform(self, content: Buffer | Stream, wanted: Transformation) -> Encoded:
        self.transformations.append(wanted)
        if self.images_failure is not None:
            raise UpstreamFailure(self.images_failure)
        media_type = f"image/{wanted.format}"
        if not self.resizes:
            assert isinstance(content, Buffer)
            return Encoded(media_type, content)
        return Encoded(media_type, Bytes(image_bytes(wanted.format, *(wanted.box or (64, 64)))))

    def _random_bytes(self, count: int) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(count, "big")

    @staticmethod
    def _keep_alive(work: Coroutine[None, None, Any]) -> Any:
        return asyncio.ensure_future(work)


def request(
    method: str = "POST",
    path: str = "/v1/images/generations",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    form: Form | None = None,
) -> Request:
    """A request to easel; a body is declared as JSON unless `headers` say otherwise."""
    path, _, query = path.partition("?")

    async def read(_limit: int) -> bytes:
        return body

    async def read_json(_limit: int) -> JsonValue:
        return _with_handles(json.loads(body)) if body else None

    async def read_form(_limit: int) -> Form:
        assert form is not None
        return form

    declared = "multipart/form-data; boundary=x" if form else "application/json" if body else None
    return Request(
        method=method,
        origin="https://easel.test",
        path=path,
        query=query,
        headers={**({"content-type": declared} if declared else {}), **(headers or {})},
        read=read,
        read_json=read_json,
        read_form=read_form,
    )


def _with_handles(value: Any) -> JsonValue:
    """Convert JSON like the runtime: long strings become handles."""
    if isinstance(value, str) and len(value) > _LONG:
        return Text(value)
    if isinstance(value, list):
        return [_with_handles(item) for item in value]
    if isinstance(value, dict):
        return {name: _with_handles(item) for name, item in value.items()}
    content: JsonValue = value
    return content


def text_of(response: Response) -> str:
    """The body of a response as a client reads it."""
    if isinstance(response.body, AsyncIterator):
        return "".join([_part(part) for parts in wait_for(_all(response.body)) for part in parts])
    if isinstance(response.body, list):
        return "".join(_part(part) for part in response.body)
    if isinstance(response.body, (Body, Bytes)):
        return response.body.content.decode("latin-1")
    assert response.body is None or isinstance(response.body, str)
    return response.body or ""


async def _all(parts: AsyncIterator[Parts]) -> list[Parts]:
    return [part async for part in parts]


def _part(part: str | Base64) -> str:
    if isinstance(part, str):
        return part
    return base64.b64encode(part.content.slice(0, part.content.size)).decode()


def wait_for(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end, and then the tasks that it gave to `keep_alive`."""

    async def settled() -> Any:
        result = await work
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)
        for one in others:
            if not one.cancelled():
                one.result()
        return result

    return asyncio.run(settled())
