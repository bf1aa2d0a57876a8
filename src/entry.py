"""The Worker: wiring only."""

from typing import Any

from workers import Request, WorkerEntrypoint, import_from_javascript

from easel.runtime.server import serve

# The bindings as they are: `self.env` would convert every value that passes, byte by byte.
_ENV = import_from_javascript("cloudflare:workers").env


class Default(WorkerEntrypoint):
    """What answers HTTP."""

    async def fetch(self, request: Request) -> Any:
        """Answer one request."""
        return await serve(request.js_object, _ENV, self.ctx)
