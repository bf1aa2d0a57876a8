"""The Cache API.

https://developers.cloudflare.com/workers/runtime-apis/cache/
"""

import json
from collections.abc import Mapping

from pyodide.ffi import JsException

from easel.platform.buffers import Buffer
from easel.platform.calls import UpstreamFailure
from easel.platform.storage import CachedAnswer
from easel.runtime.bridge import bridge
from easel.runtime.buffers import JsBuffer


class EdgeCache:
    """Implement `platform.storage.Cache` with `caches.default`."""

    async def match(self, url: str) -> CachedAnswer | None:
        """Return the cached response to a GET of this URL."""
        try:
            found = await bridge().matchCached(url)
        except JsException as error:
            raise UpstreamFailure(f"{error.name}: {error.message}") from error
        if found is None:
            return None
        headers, body = found
        return CachedAnswer(json.loads(headers), body)

    async def put(self, url: str, headers: Mapping[str, str], content: Buffer) -> None:
        """Cache a response."""
        assert isinstance(content, JsBuffer)
        try:
            await bridge().putCached(url, json.dumps(dict(headers)), content.js)
        except JsException as error:
            raise UpstreamFailure(f"{error.name}: {error.message}") from error
