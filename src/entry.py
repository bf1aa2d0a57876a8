"""The Worker: wiring only."""

from typing import Any

from workers import DurableObject, Request, WorkerEntrypoint, import_from_javascript

from easel.runtime.bridge import load_scripts
from easel.runtime.cron import run_cron
from easel.runtime.ledger import LedgerObject
from easel.runtime.queue import handle_queue
from easel.runtime.server import serve

# The bindings as they are: `self.env` would convert every value that passes, byte by byte.
_ENV = import_from_javascript("cloudflare:workers").env


class Default(WorkerEntrypoint):
    """What answers HTTP, the clock and the queue."""

    async def fetch(self, request: Request) -> Any:
        """Answer one request."""
        await load_scripts()
        return await serve(request.js_object, _ENV, self.ctx)

    async def scheduled(self, _controller: Any, _env: Any, _context: Any) -> None:
        """Do what is due by the clock."""
        await load_scripts()
        await run_cron(_ENV, self.ctx)

    async def queue(self, batch: Any, _env: Any, _context: Any) -> None:
        """Do what was put off."""
        await load_scripts()
        await handle_queue(batch._binding, _ENV, self.ctx)


class Ledger(DurableObject):  # type: ignore[no-untyped-call]
    """The Durable Object that remembers requests, images and what they cost."""

    def __init__(self, ctx: Any, env: Any) -> None:
        super().__init__(ctx, env)
        # As it is, too: a wrapper would convert every value on its way.
        self._object = LedgerObject(ctx._ctx.storage)

    async def call(self, name: str, arguments: str) -> str:
        """Answer the Worker."""
        await load_scripts()
        return self._object.call(name, arguments)
