"""Parts of easel for tests: downloads without a route, and routes with a short upload wait."""

import json
from contextlib import suppress
from typing import Any

import js
from workers import Request, Response, WorkerEntrypoint, import_from_javascript

from easel.media.download import DownloadError, download
from easel.media.urls import UntrustedUrlError, check_url
from easel.runtime.bridge import load_scripts, script
from easel.runtime.buffers import JsBuffer
from easel.runtime.server import serve
from easel.runtime.services import make_services
from easel.services import Services

_ENV = import_from_javascript("cloudflare:workers").env


class Default(WorkerEntrypoint):
    """The Worker of the download tests."""

    async def fetch(self, request: Request) -> Any:
        """POST a JSON object of arguments to the name of a function."""
        if request.method != "POST":
            return Response("ok")
        await load_scripts()
        path = request.url.partition("//")[2].partition("/")[2]
        if path.startswith("v1/"):
            return await serve(request.js_object, _ENV, self.ctx, upload_seconds=0.1)
        services = make_services(_ENV, self.ctx, js.AbortController.new())
        arguments = json.loads(await request.text())
        match request.url.rpartition("/")[2]:
            case "check":
                return Response(json.dumps([_origins(url) for url in arguments["urls"]]))
            case "open":
                answer = await services.open_url(**arguments)
                return Response(json.dumps([answer.status, answer.location, answer.body is None]))
            case _:
                return await _download(services, **arguments)


def _origins(url: str) -> list[str] | None:
    """The URL as `check_url` returns it, and the origin that the runtime reads from it."""
    try:
        checked = check_url(url, allow_private=False)
    except UntrustedUrlError:
        return None
    read = js.URL.new(checked)
    return [checked, f"{read.protocol}//{read.username}{read.password}{read.host}"]


async def _download(
    services: Services, url: str, hold: bool = False, before: str | None = None, **options: Any
) -> Any:
    """Respond with the image, or with the reason why there is none.

    Args:
        services: what fetches.
        url: what to fetch.
        hold: whether the URL is handed over as a long string.
        before: what to try to fetch first.
        options: of `download`.
    """
    if before is not None:
        with suppress(DownloadError):
            await download(before, services, **options)
    try:
        image = await download(services.long_text(url) if hold else url, services, **options)
    except DownloadError as error:
        return Response(json.dumps({"reason": error.reason, "message": str(error)}))
    assert isinstance(image.content, JsBuffer)
    return script("response.js").makeResponse(200, "{}", image.content.js)
