"""The lease of a running request: while it is renewed, the request counts as alive."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from easel.errors import LedgerError
from easel.generation.execution.context import Context
from easel.ledger.requests import renew
from easel.limits import JOB_RENEWAL_SECONDS, LEASE_SECONDS, RENEWAL_SECONDS


@asynccontextmanager
async def renewed_lease(context: Context, *, is_job: bool) -> AsyncGenerator[None, None]:
    """Renew the lease of a request until the block ends; cancel the work of a cancelled job."""
    seconds = JOB_RENEWAL_SECONDS if is_job else RENEWAL_SECONDS
    renewing = asyncio.ensure_future(_renew(seconds, context))
    try:
        yield
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing


async def _renew(seconds: float, context: Context) -> None:
    while True:
        await asyncio.sleep(seconds)
        with suppress(LedgerError):
            until = context.now() + LEASE_SECONDS
            if not await context.services.ledger(renew, context.id, until):
                context.services.mark_client_left()
