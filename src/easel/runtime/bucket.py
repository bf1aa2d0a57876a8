"""The R2 bucket.

https://developers.cloudflare.com/r2/api/workers/workers-api-reference/
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pyodide.ffi import JsException, to_js

from easel.errors import StorageError
from easel.platform.buffers import Buffer
from easel.platform.storage import ByteRange, ListedObject, StoredObject
from easel.runtime.bridge import script
from easel.runtime.buffers import JsBuffer, StoredBuffer


def _script() -> Any:
    return script("bucket.js")


class R2Bucket:
    """Implement `platform.storage.Bucket` with an R2 binding."""

    def __init__(self, binding: Any) -> None:
        self._binding = binding

    async def put(
        self, key: str, content: Buffer, content_type: str, metadata: Mapping[str, str]
    ) -> None:
        """Store an object with its custom metadata."""
        assert isinstance(content, JsBuffer)
        try:
            await _script().putObject(
                self._binding, key, content.js, content_type, json.dumps(metadata)
            )
        except JsException as error:
            raise StorageError("The image could not be stored.") from error

    async def head(self, key: str) -> StoredObject | None:
        """Return an object without its body."""
        try:
            found = await _script().headObject(self._binding, key)
        except JsException as error:
            raise StorageError("The bucket could not be read.") from error
        return _stored_object(found)

    async def get(self, key: str, span: ByteRange | None) -> StoredObject | None:
        """Open an object, or a range of its bytes."""
        wanted = None if span is None else asdict(span)
        try:
            found = await _script().getObject(self._binding, key, json.dumps(wanted))
        except JsException as error:
            raise StorageError("The bucket could not be read.") from error
        return _stored_object(found)

    def stored(self, key: str, size: int) -> Buffer:
        """Return an object as a part of a body. It is read while it is sent; it has no slices."""
        return StoredBuffer(_script().storedContent(self._binding, key), size)

    async def read(self, key: str) -> Buffer | None:
        """Read a whole object; None if it does not exist."""
        try:
            found = await _script().readObject(self._binding, key)
        except JsException as error:
            raise StorageError("The bucket could not be read.") from error
        return None if found is None else JsBuffer(found)

    async def list(
        self, prefix: str, limit: int, after: str = "", *, with_metadata: bool = False
    ) -> Sequence[ListedObject]:
        """List the first objects whose keys have a prefix and sort after a key."""
        try:
            listed = await _script().listObjects(self._binding, prefix, limit, after, with_metadata)
        except JsException as error:
            raise StorageError("The bucket could not be read.") from error
        return [
            ListedObject(key, size, datetime.fromisoformat(uploaded), metadata)
            for key, size, uploaded, metadata in json.loads(listed)
        ]

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete objects."""
        try:
            await self._binding.delete(to_js(list(keys)))
        except JsException as error:
            raise StorageError("The image could not be deleted.") from error


def _stored_object(found: Any) -> StoredObject | None:
    if found is None:
        return None
    description, *body = found
    facts = json.loads(description)
    uploaded = datetime.fromisoformat(facts.pop("uploaded"))
    return StoredObject(**facts, uploaded=uploaded, body=body[0] if body else None)
