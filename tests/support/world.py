"""A world for unit tests: everything in memory, nothing by chance."""

import asyncio
import base64
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from PIL import Image

from easel.errors import StorageError, UnsatisfiableRangeError
from easel.http import Base64, Request, Response
from easel.settings import Settings
from easel.world import Answer, Buffer, ByteRange, StoredObject, World

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Bytes:
    """A buffer that is just bytes."""

    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def slice(self, start: int, end: int) -> bytes:
        return self.content[start:end]


@dataclass(frozen=True)
class Text:
    """A long string that is just a string."""

    content: str

    def decode_base64(self) -> Bytes:
        return Bytes(base64.b64decode(self.content, validate=True))


@dataclass
class Body:
    """A stream that knows whether it was let go of."""

    content: bytes
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class MemoryBucket:
    """A bucket; `fails` makes every call a failure."""

    objects: dict[str, tuple[bytes, str, Mapping[str, str]]] = field(default_factory=dict)
    fails: bool = False
    opened: list[Body] = field(default_factory=list)

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
        return StoredObject(len(content), '"etag"', content_type, NOW)

    async def get(
        self, key: str, conditions: Mapping[str, str], span: ByteRange | None
    ) -> StoredObject | None:
        head = await self.head(key)
        if head is None or conditions.get("if-none-match") == head.etag or "if-match" in conditions:
            return head
        content = self.objects[key][0]
        offset, length = 0, len(content)
        if span is not None:
            offset = len(content) - span.suffix if span.suffix else span.offset or 0
            length = min(span.length or len(content), len(content) - offset)
            if length <= 0:
                raise UnsatisfiableRangeError("outside")
        body = Body(content[offset : offset + length])
        self.opened.append(body)
        return replace(head, body=body, offset=offset, length=length)

    def _check(self) -> None:
        if self.fails:
            raise StorageError("The bucket failed.")


def image_bytes(image_format: str = "jpeg", width: int = 1024, height: int = 1024) -> bytes:
    """A real image of one colour."""
    file = BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, image_format)
    return file.getvalue()


def base64_answer(content: bytes) -> Answer:
    """What schnell and its like answer."""
    return {"image": Text(base64.b64encode(content).decode())}


@dataclass
class FakeWorld:
    """Builds a `World` and records what was asked of it.

    `answer` is given to every call of the AI binding: an answer, an error to raise, or a function
    of the inputs that returns either. `resizes` says whether the Images binding does its work.
    """

    answer: Any = None
    settings: Settings = field(default_factory=lambda: Settings(allow_anonymous=True))
    bucket: MemoryBucket = field(default_factory=MemoryBucket)
    calls: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    resizes: bool = True
    drawn: int = 0

    def world(self) -> World:
        return World(
            settings=lambda: self.settings,
            bucket=self.bucket,
            run_model=self._run_model,
            resize=self._resize,
            now=lambda: NOW,
            random_bytes=self._random_bytes,
            keep_alive=self._keep_alive,
            log=self.lines.append,
        )

    async def _run_model(self, model: str, inputs: Mapping[str, object]) -> Answer:
        self.calls.append((model, inputs))
        answer = self.answer(inputs) if callable(self.answer) else self.answer
        if answer is None:
            answer = base64_answer(image_bytes())
        if isinstance(answer, Exception):
            raise answer
        result: Answer = answer
        return result

    async def _resize(self, content: Buffer, image_format: str, width: int, height: int) -> Buffer:
        if not self.resizes:
            return content
        return Bytes(image_bytes(image_format, width, height))

    def _random_bytes(self, count: int) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(count, "big")

    @staticmethod
    async def _keep_alive(work: Coroutine[None, None, Any]) -> Any:
        return await work


def request(
    method: str = "POST",
    path: str = "/v1/images/generations",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Request:
    """A request to easel; a body is declared as JSON unless `headers` say otherwise."""

    async def read(_limit: int) -> bytes:
        return body

    declared = {"content-type": "application/json"} if body else {}
    return Request(method, "https://easel.test", path, {**declared, **(headers or {})}, read)


def text_of(response: Response) -> str:
    """A response's body as a client would read it."""
    if isinstance(response.body, list):
        return "".join(_part(part) for part in response.body)
    if isinstance(response.body, Body):
        return response.body.content.decode("latin-1")
    assert response.body is None or isinstance(response.body, str)
    return response.body or ""


def _part(part: str | Base64) -> str:
    if isinstance(part, str):
        return part
    return base64.b64encode(part.content.slice(0, part.content.size)).decode()


def wait_for(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end."""
    return asyncio.run(work)
