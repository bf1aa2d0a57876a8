"""The steps of a request for images, from its fields to the answer.

A route of `api.http` has authenticated the caller (`access.guards`) and read the body
(`wire.bodies`). Then a generation, an edit, a variation and a rerun take the same steps:

1. read the idempotency key, or what identifies a retry without one (`lifecycle.idempotency`)
2. resolve the models and plan the calls of each (`planning.request`)
3. submit a job, if the client does not wait for its images (`jobs.submit`)
4. begin the request once, within budget and limits (`lifecycle.begin`)
5. execute it: fallback, retry and the provider's code (`execution.fallback`)
6. store each image as soon as it is finished (`execution.storing`)
7. end the request and record its images and costs (`lifecycle.finish`)
8. answer (`answers.rendering`)

A job's worker (`jobs.worker`) calls the same functions for steps 2 and 5 to 7.
"""

import asyncio
from collections.abc import Awaitable, Callable

from easel.errors import CallerError
from easel.generation.answers.rendering import (
    deliver,
    respond,
    respond_with_events,
    show_partial,
)
from easel.generation.answers.result import GenerationResult
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

# Submits a request as a job. Returns None if it must wait for an identical request that runs.
Submit = Callable[
    [Incoming, PlannedRequest, Idempotency | None, Services], Awaitable[Response | None]
]


async def make_images(incoming: Incoming, services: Services, submit: Submit) -> Response:
    """Answer a request for images.

    Raises:
        EaselError: the request is invalid, or no image could be generated.
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
        may_be_replayed = not is_background and not body.stream
        replayed = await _replay(incoming, idempotency, services) if may_be_replayed else None
        if replayed is None:
            raise
        return replayed
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
    """Return the stored answer of an identical request, or None."""
    result = await find_answer(idempotency, incoming.caller, services)
    return None if result is None else respond(await _deliver(result, incoming, services))


async def _execute(
    incoming: Incoming,
    planned: PlannedRequest,
    idempotency: Idempotency | None,
    context: Context,
) -> Response:
    """Execute the request at most once, and answer it."""
    services, plans, feed = context.services, planned.plans, Feed()
    if incoming.body.stream:
        context.show = lambda partial: show_partial(partial, plans[0], feed, services)

    async def work() -> GenerationResult:
        result = await execute_once(planned, idempotency, context)
        return await _deliver(result, incoming, services)

    # The work continues when the client leaves, so that paid images are finished and stored.
    working = asyncio.ensure_future(services.keep_alive(work()))
    if incoming.body.stream:
        response = await respond_with_events(working, feed, plans, context)
        return confirm_at_the_end(response, idempotency, context)
    try:
        return respond(await working)
    finally:
        confirm(idempotency, context)


async def _deliver(
    result: GenerationResult, incoming: Incoming, services: Services
) -> GenerationResult:
    base_url = incoming.base_url(services.settings())
    return await deliver(result, base_url, services, sends_images=incoming.sends_images)
