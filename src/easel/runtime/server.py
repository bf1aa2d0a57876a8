"""From workerd's request to ours, and from our response to workerd's."""

import json
from typing import Any
from urllib.parse import urlsplit

from pyodide.ffi import to_js

from easel.app import handle
from easel.errors import BodyTooLargeError
from easel.http import Base64, Request, Response
from easel.runtime.bridge import bridge
from easel.runtime.buffers import JsBuffer
from easel.runtime.world import make_world


async def serve(request: Any, env: Any, context: Any) -> Any:
    """Answer a JavaScript `Request` with a JavaScript `Response`."""
    return _to_js(await handle(_from_js(request), make_world(env, context)))


def _from_js(request: Any) -> Request:
    facts = json.loads(bridge().describeRequest(request))
    url = urlsplit(facts["url"])

    async def read(limit: int) -> bytes:
        body = await bridge().readBody(request, limit)
        if body is None:
            raise BodyTooLargeError(f"The request body is longer than {limit} bytes.")
        content: bytes = body.to_bytes()
        return content

    return Request(
        method=facts["method"],
        origin=f"{url.scheme}://{url.netloc}",
        path=url.path,
        headers=facts["headers"],
        read=read,
    )


def _to_js(response: Response) -> Any:
    body = response.body
    if isinstance(body, list):
        body = to_js([_js_part(part) for part in body])
    return bridge().makeResponse(response.status, json.dumps(response.headers), body)


def _js_part(part: str | Base64) -> Any:
    if isinstance(part, str):
        return part
    assert isinstance(part.content, JsBuffer)
    return part.content.js
