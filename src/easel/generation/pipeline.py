"""The whole way of a request for images, from its fields to the answer.

A route of `api.http` has authenticated the caller (`access.guards`) and read the body
(`wire.bodies`). Then a generation, an edit, a variation and a rerun all take the same steps:

1. read: how it may be recognised when it is repeated (`lifecycle.idempotency`)
2. resolve and plan: its models, and what each will be asked for (`planning.request`)
3. submit: as a job, if it does not wait for its images (`jobs.submit`)
4. begin, once, within budget and limits (`lifecycle.begin`)
5. execute: fallback, retry, the provider's own code (`execution.fallback`)
6. store: each image as soon as it is made (`execution.results`)
7. end: what it made and what it cost (`lifecycle.finish`)
8. answer (`answers.rendering`)

A job's worker (`jobs.worker`) takes steps 2 and 5 to 7 of the same functions.
"""

import asyncio
from collections.abc import Awaitable, Callable

from easel.errors import CallerError
from easel.generation.answers.rendering import (
    Delivery,
    deliver,
    respond,
    respond_with_events,
    show_partial,
)
from easel.generation.answers.streaming import Feed
from easel.generation.execution.context import Context, context_for
from easel.generation.incoming import Incoming
from easel.generation.lifecycle.at_most_once import execute_once, find_answer
from easel.generation.lifecycle.delivery import confirm, confirm_at_the_end
from easel.generation.lifecycle.idempotency import read_idempotency
from easel.generation.planning.disclosure import log_or_hide
from easel.generation.planning.fingerprints import fingerprint_request
from easel.generation.planning.request import PlannedRequest, plan_request, with_fingerprints
from easel.ledger.messages import Idempotency
from easel.platform.http import Response
from easel.services import Services

# Submits a request as a job. None where an equal request runs already and must be waited for.
Submit = Callable[
    [Incoming, PlannedRequest, Idempotency | None, Services], Awaitable[Response | None]
]


async def make_images(incoming: Incoming, services: Services, submit: Submit) -> Response:
    """Answer a request for images.

    Raises:
        EaselError: the request is not valid, or no image could be made.
    """
    body, task, sources = incoming.body, incoming.task, incoming.sources
    log_or_hide(body, sources, services)
    idempotency = await read_idempotency(
        incoming.http,
        lambda: fingerprint_request(body, task, sources, services),
        services.now().timestamp(),
    )
    is_background = incoming.is_background
    try:
        planned = await plan_request(body, task, sources, services)
    except CallerError:
        # The URLs of a repeated request's images may have expired since it was answered.
        may_be_answered = not is_background and not body.stream
        answered = await _replay(incoming, idempotency, services) if may_be_answered else None
        if answered is None:
            raise
        return answered
    card = planned.plans[0].card
    services.request_log.tell({"model": card.id, "provider": card.provider})
    if is_background:
        job = await submit(incoming, planned, idempotency, services)
        if job is not None:
            return job
    if incoming.may_use_stored(services.settings()):
        planned = await with_fingerprints(planned, services)
    return await _execute(incoming, planned, idempotency, context_for(incoming.caller, services))


async def _replay(
    incoming: Incoming, idempotency: Idempotency | None, services: Services
) -> Response | None:
    """The answer that an equal request was given before, or None."""
    answer = await find_answer(idempotency, incoming.caller, services)
    if answer is None:
        return None
    base_url = incoming.base_url(services.settings())
    return respond(await deliver(answer, base_url, services, whole=incoming.sends_images))


async def _execute(
    incoming: Incoming,
    planned: PlannedRequest,
    idempotency: Idempotency | None,
    context: Context,
) -> Response:
    """Carry the request out at most once, and answer it."""
    services, plans, feed = context.services, planned.plans, Feed()
    if incoming.body.stream:
        context.show = lambda partial: show_partial(partial, plans[0], feed, services)

    async def work() -> Delivery:
        answer = await execute_once(planned, idempotency, context)
        base_url = incoming.base_url(services.settings())
        return await deliver(answer, base_url, services, whole=incoming.sends_images)

    # It goes on when the client leaves: what is paid for is finished and stored.
    delivery = asyncio.ensure_future(services.keep_alive(work()))
    if incoming.body.stream:
        response = await respond_with_events(delivery, feed, plans, context)
        return confirm_at_the_end(response, idempotency, context)
    try:
        return respond(await delivery)
    finally:
        confirm(idempotency, context)
