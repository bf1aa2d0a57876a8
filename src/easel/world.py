"""What easel needs from outside, as it is handed in: by `runtime` in workerd, by fakes in tests.

Bytes of images and long strings never enter Python. They stay where they are and are moved about
as handles (`Buffer`, `LongText`); only short slices are looked at.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

from easel.settings import Settings

T = TypeVar("T")


@runtime_checkable
class Buffer(Protocol):
    """Bytes held outside Python."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    def slice(self, start: int, end: int) -> bytes:
        """Copy a short part into Python; like Python's slices it may end early."""
        ...


@runtime_checkable
class LongText(Protocol):
    """A long string held outside Python, such as the base64 of an image."""

    def decode_base64(self) -> Buffer:
        """Decode outside Python.

        Raises:
            ValueError: the string is not base64.
        """
        ...


JsonValue = None | bool | int | float | str | LongText | list["JsonValue"] | dict[str, "JsonValue"]

# What a provider answers: bytes, or a JSON value whose long strings are handles.
Answer = Buffer | JsonValue


class UpstreamFailure(Exception):  # noqa: N818 - not an error of ours yet: a provider says what it means
    """A binding or a connection failed; the message is upstream's own, unfiltered."""


@dataclass(frozen=True)
class ByteRange:
    """Bytes of an object in R2's terms: `offset` (and `length`), or the last `suffix` bytes."""

    offset: int | None = None
    length: int | None = None
    suffix: int | None = None


@runtime_checkable
class Stream(Protocol):
    """A body that is passed on to the client without being looked at."""

    def cancel(self) -> object:
        """Let go of it unread."""
        ...


@dataclass(frozen=True)
class StoredObject:
    """An object of the bucket.

    `body` is None when only its head was asked for, or a condition failed.

    Attributes:
        size: length of the whole object in bytes.
        etag: as HTTP wants it, with its quotation marks.
        offset: first byte of `body`.
        length: bytes in `body`.
    """

    size: int
    etag: str
    content_type: str
    uploaded: datetime
    body: Stream | None = None
    offset: int = 0
    length: int = 0


class Bucket(Protocol):
    """The R2 bucket. Every method raises `StorageError` when the bucket itself fails."""

    async def put(
        self, key: str, content: Buffer, content_type: str, metadata: Mapping[str, str]
    ) -> None:
        """Store an object with its custom metadata."""
        ...

    async def head(self, key: str) -> StoredObject | None:
        """Look at an object without its body."""
        ...

    async def get(
        self, key: str, conditions: Mapping[str, str], span: ByteRange | None
    ) -> StoredObject | None:
        """Open an object.

        Args:
            key: the object's name.
            conditions: the request's `If-...` headers, evaluated as RFC 9110 says.
            span: the part to read, or None for all.

        Raises:
            UnsatisfiableRangeError: `span` lies outside the object.
        """
        ...


@dataclass(frozen=True)
class World:
    """Everything outside that one request may touch.

    Attributes:
        settings: the owner's settings; raises `ConfigurationError`.
        run_model: call the Workers AI binding with a model's id and its inputs; raises
            `UpstreamFailure`.
        resize: scale an image of a format (`png`, `jpeg`, ...) to cover width x height pixels,
            cropping evenly what stands over, and encode it in the same format.
        now: the time, in UTC.
        random_bytes: so many bytes fit for secrets.
        keep_alive: run a coroutine to its end even if the client leaves; the result can be awaited.
        log: write one line to the Worker's log.
    """

    settings: Callable[[], Settings]
    bucket: Bucket
    run_model: Callable[[str, Mapping[str, object]], Awaitable[Answer]]
    resize: Callable[[Buffer, str, int, int], Awaitable[Buffer]]
    now: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]
    keep_alive: Callable[[Coroutine[None, None, T]], Awaitable[T]]
    log: Callable[[str], None]
