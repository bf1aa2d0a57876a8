"""The Worker: wiring only."""

from typing import Any

from workers import DurableObject, Request, WorkerEntrypoint, import_from_javascript

from easel.runtime.bridge import load_scripts
from easel.runtime.cron import run_cron
from easel.runtime.ledger import LedgerObject
from easel.runtime.queue import handle_queue
from easel.runtime.server import serve

# The raw bindings: `self.env` would convert every value that passes, byte by byte.
_ENV = import_from_javascript("cloudflare:workers").env


class Default(WorkerEntrypoint):
    """Handles HTTP requests, the cron trigger and the queue."""

    async def fetch(self, request: Request) -> Any:
        """Handle one HTTP request."""
        await load_scripts()
        return await serve(request.js_object, _ENV, self.ctx)

    async def scheduled(self, _controller: Any, _env: Any, _context: Any) -> None:
        """Handle the cron trigger: run the hourly clean-up."""
        await load_scripts()
        await run_cron(_ENV, self.ctx)

    async def queue(self, batch: Any, _env: Any, _context: Any) -> None:
        """Handle a batch of messages: execute jobs and deliver webhooks."""
        await load_scripts()
        await handle_queue(batch._binding, _ENV, self.ctx)


class Ledger(DurableObject):  # type: ignore[no-untyped-call]
    """The Durable Object that stores requests, images and their costs."""

    def __init__(self, ctx: Any, env: Any) -> None:
        super().__init__(ctx, env)
        # The raw storage: a wrapper would convert every value that passes.
        self._object = LedgerObject(ctx._ctx.storage)

    async def call(self, name: str, arguments: str) -> str:
        """Perform one call of the Worker."""
        await load_scripts()
        return self._object.call(name, arguments)
