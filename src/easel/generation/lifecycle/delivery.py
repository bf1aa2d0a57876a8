"""Confirm to the ledger that clients have their answers, for which see `ledger.retries`."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from easel.generation.execution.context import Context
from easel.ledger.messages import Idempotency
from easel.platform.http import Parts, Response


def confirm(idempotency: Idempotency | None, context: Context) -> None:
    """Note that the client has its answer, where easel would know if it had left."""
    if idempotency is None or not idempotency.is_watched or context.answered is None:
        return
    if not context.services.client_left():
        context.services.deliveries.add(context.answered, context.now())


def confirm_at_the_end(
    response: Response, idempotency: Idempotency | None, context: Context
) -> Response:
    """The response, whose client has its answer once the stream was read to its end."""
    if isinstance(response.body, AsyncGenerator):
        response.body = _confirmed(response.body, idempotency, context)
    return response


async def _confirmed(
    body: AsyncGenerator[Parts, None], idempotency: Idempotency | None, context: Context
) -> AsyncGenerator[Parts, None]:
    async with aclosing(body) as events:
        async for parts in events:
            yield parts
    confirm(idempotency, context)
