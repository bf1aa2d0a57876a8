"""The lease of a running request: while it is renewed, the request counts as alive."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from easel.errors import LedgerError
from easel.generation.execution.context import Context
from easel.generation.lifecycle.begin import LEASE_SECONDS
from easel.ledger.requests import renew

_RENEWAL_SECONDS = 10.0

# Shorter for jobs, because a renewal is how a job learns that its caller has cancelled it.
_JOB_RENEWAL_SECONDS = 3.0


@asynccontextmanager
async def renewed_lease(context: Context, *, is_job: bool) -> AsyncGenerator[None, None]:
    """Renew the lease of a request until the block ends; cancel the work of a cancelled job."""
    seconds = _JOB_RENEWAL_SECONDS if is_job else _RENEWAL_SECONDS
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
