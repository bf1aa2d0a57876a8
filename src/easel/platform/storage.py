"""Where images are kept: the bucket for ever, the cache for as long as it likes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from easel.platform.buffers import Buffer, Stream


@dataclass(frozen=True)
class ByteRange:
    """A part of an object, in bytes; it lies within the object and is not empty."""

    offset: int
    length: int


@dataclass(frozen=True)
class StoredObject:
    """An object of the bucket.

    `body` is None when only its head was asked for.

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


@dataclass(frozen=True)
class ListedObject:
    """An object as a listing of the bucket shows it.

    Attributes:
        size: in bytes.
        metadata: what it was stored with, where that was asked for; else empty.
    """

    key: str
    size: int
    uploaded: datetime
    metadata: Mapping[str, str]


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

    async def get(self, key: str, span: ByteRange | None) -> StoredObject | None:
        """Open an object, or the part of it that `span` says."""
        ...

    def stored(self, key: str, size: int) -> Buffer:
        """An object as a part of a body: it is read while it is sent, and cannot be looked at."""
        ...

    async def read(self, key: str) -> Buffer | None:
        """The whole of an object; None where there is none."""
        ...

    async def list(
        self, prefix: str, limit: int, after: str = "", *, with_metadata: bool = False
    ) -> Sequence[ListedObject]:
        """The first objects whose keys begin so and come after a key, in the order of their keys.

        There may be fewer than `limit`, which is 1000 at most, though more follow; with metadata
        there are far fewer. https://developers.cloudflare.com/r2/api/workers/workers-api-reference/#r2listoptions
        """
        ...

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, at most 1000; those that do not exist are no failure."""
        ...


@dataclass(frozen=True)
class CachedAnswer:
    """An answer found in the cache; its headers are named in lower case."""

    headers: Mapping[str, str]
    body: Stream


class Cache(Protocol):
    """The cache of the data centre that answers. Every method raises `UpstreamFailure`."""

    async def match(self, url: str) -> CachedAnswer | None:
        """Find the answer to a GET of this URL."""
        ...

    async def put(self, url: str, headers: Mapping[str, str], content: Buffer) -> None:
        """Keep an answer for as long as its `cache-control` says; it may be dropped sooner."""
        ...
