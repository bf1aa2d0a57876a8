"""Storage of images: the bucket, which is durable, and the cache, which is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from easel.platform.buffers import Buffer, Stream


@dataclass(frozen=True)
class ByteRange:
    """A non-empty byte range within an object."""

    offset: int
    length: int


@dataclass(frozen=True)
class StoredObject:
    """An object of the bucket.

    Attributes:
        size: size of the whole object in bytes.
        etag: with quotation marks, as in HTTP.
        body: None if only the head was requested.
        offset: position of the first byte of `body`.
        length: size of `body` in bytes.
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
    """An object in a listing of the bucket.

    Attributes:
        size: in bytes.
        metadata: custom metadata, if it was requested; else empty.
    """

    key: str
    size: int
    uploaded: datetime
    metadata: Mapping[str, str]


class Bucket(Protocol):
    """The R2 bucket. Every method raises `StorageError` if the bucket fails."""

    async def put(
        self, key: str, content: Buffer, content_type: str, metadata: Mapping[str, str]
    ) -> None:
        """Store an object with its custom metadata."""
        ...

    async def head(self, key: str) -> StoredObject | None:
        """Get an object without its body."""
        ...

    async def get(self, key: str, span: ByteRange | None) -> StoredObject | None:
        """Open an object, or the part `span` of it."""
        ...

    def stored(self, key: str, size: int) -> Buffer:
        """An object as a part of a body: it is read while it is sent, and cannot be looked at."""
        ...

    async def read(self, key: str) -> Buffer | None:
        """Read a whole object; None if it does not exist."""
        ...

    async def list(
        self, prefix: str, limit: int, after: str = "", *, with_metadata: bool = False
    ) -> Sequence[ListedObject]:
        """List objects with a prefix, in the order of their keys, after the key `after`.

        `limit` is at most 1000. The result may be shorter although more objects follow; with
        metadata it is much shorter. https://developers.cloudflare.com/r2/api/workers/workers-api-reference/#r2listoptions
        """
        ...

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete at most 1000 objects; missing objects are ignored."""
        ...


@dataclass(frozen=True)
class CachedAnswer:
    """A response from the cache; names of headers are in lower case."""

    headers: Mapping[str, str]
    body: Stream


class Cache(Protocol):
    """The cache of the current data centre. Every method raises `UpstreamFailure`."""

    async def match(self, url: str) -> CachedAnswer | None:
        """Find the response to a GET of this URL."""
        ...

    async def put(self, url: str, headers: Mapping[str, str], content: Buffer) -> None:
        """Store a response; it expires after its `cache-control`, or sooner."""
        ...
