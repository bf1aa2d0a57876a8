"""Confirm to the ledger that clients have received their answers; `ledger.retries` says why."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from easel.generation.execution.context import Context
from easel.ledger.messages import Idempotency
from easel.platform.http import Parts, Response


def confirm(idempotency: Idempotency | None, context: Context) -> None:
    """Confirm that the client has its answer, where easel would notice that it has left."""
    if idempotency is None or not idempotency.is_watched or context.answer_id is None:
        return
    if not context.services.client_left():
        context.services.deliveries.add(context.answer_id, context.now())


def confirm_at_the_end(
    response: Response, idempotency: Idempotency | None, context: Context
) -> Response:
    """The response, with a stream that confirms the answer at its end."""
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
