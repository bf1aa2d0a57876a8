"""Fetch URLs that callers or providers sent."""

import json

from pyodide.ffi import JsException

from easel import VERSION
from easel.platform.calls import do_nothing
from easel.platform.web import UrlAnswer, UrlFailure
from easel.runtime.bridge import script
from easel.runtime.buffers import JsBuffer

# Cloudflare adds headers, such as `CF-Worker` with the name of the zone.
_HEADERS = json.dumps({"accept": "image/*", "user-agent": f"easel/{VERSION}"})


async def open_url(
    url: str, *, seconds: float, limit: int, reserves_memory: bool = False
) -> UrlAnswer:
    """Implement `platform.web.OpenUrl` with the runtime's `fetch`, which stores no cookies."""
    try:
        facts, *read = await script("fetching.js").openUrl(
            url, _HEADERS, round(1000 * seconds), limit, reserves_memory
        )
    except JsException as error:
        message = f"{error.name}: {error.message}"
        match error.name:
            case "TimeoutError":
                raise UrlFailure("timeout", message) from error
            case "RangeError":
                raise UrlFailure("too_large", message) from error
            case _:
                raise UrlFailure("unreachable", message) from error
    if not read:
        return UrlAnswer(**json.loads(facts))
    release, body = read
    return UrlAnswer(**json.loads(facts), body=JsBuffer(body), release=release or do_nothing)
