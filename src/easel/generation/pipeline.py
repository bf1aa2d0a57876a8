"""The five steps in a row, for every image of a request at once."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from easel.access.authentication import Caller
from easel.catalog import ModelCard
from easel.catalog.cards import Task
from easel.catalog.custom import catalog_with
from easel.errors import CallerError, InvalidValueError, UnsupportedParameterError
from easel.generation.answers.rendering import (
    Delivery,
    deliver,
    respond,
    respond_with_events,
    show_partial,
)
from easel.generation.answers.result import GenerationResult
from easel.generation.answers.streaming import Feed
from easel.generation.execution.context import Context, context_for
from easel.generation.lifecycle.at_most_once import execute_once, find_answer
from easel.generation.lifecycle.idempotency import read_idempotency
from easel.generation.planning.disclosure import log_or_hide
from easel.generation.planning.fingerprints import (
    PlannedRequest,
    fingerprint_plan,
    fingerprint_request,
    wants_stored,
)
from easel.generation.planning.inputs import Inputs, check_sources, load_inputs
from easel.generation.planning.models import resolve_chain
from easel.generation.planning.plan import Plan, make_plan
from easel.ledger.messages import Idempotency
from easel.platform.http import Parts, Request, Response
from easel.services import Services
from easel.settings.settings import Settings
from easel.wire.prefer import wants_background
from easel.wire.requests import ImageRequest
from easel.wire.sources import Sources

# Submits a request as a job, and answers with it; None where it must wait for the same request.
Submit = Callable[
    [Request, PlannedRequest, Idempotency | None, Caller, Services], Awaitable[Response | None]
]


async def make_images(
    request: Request,
    body: ImageRequest,
    task: Task,
    sources: Sources | None,
    caller: Caller,
    services: Services,
    submit: Submit,
) -> Response:
    """Answer a request for images that was read.

    Args:
        request: as it came.
        body: its fields.
        task: what is asked for.
        sources: the images in it, where it has any.
        caller: who pays.
        services: everything outside.
        submit: has it carried out in the background, where that is asked for.

    Raises:
        EaselError: why there is no image.
    """
    log_or_hide(body, sources, services)
    idempotency = await read_idempotency(
        request,
        lambda: fingerprint_request(body, task, sources, services),
        services.now().timestamp(),
    )
    is_background = wants_background(request, body)
    try:
        planned = await plan_request(body, task, sources, services)
    except CallerError:
        if is_background or body.stream:
            raise
        # Its images may have left their URLs since it was answered.
        answer = await find_answer(idempotency, caller, services)
        if answer is None:
            raise
        return respond(await _gather(answer, request, body, services))
    card = planned.plans[0].card
    services.request_log.tell({"model": card.id, "provider": card.provider})
    if is_background:
        plan = await submit(request, planned, idempotency, caller, services)
        if plan is not None:
            return plan
    if wants_stored(request, body, services.settings()):
        planned = replace(planned, alike=await fingerprint_plan(planned, services))
    return await _answer(request, planned, idempotency, caller, services)


async def plan_request(
    body: ImageRequest, task: Task, sources: Sources | None, services: Services
) -> PlannedRequest:
    """Steps two and three: the models that may be tried, and what each is asked for.

    Raises:
        CallerError: the first model's objection.
    """
    settings = services.settings()
    chain = _chain(body, task, _default_for(task, sources, settings), settings)
    inputs = None
    if sources is not None:
        # Before anything is fetched: the first model's objection is the caller's error.
        needed, _ = check_sources(sources, chain[0], drop_mask=bool(body.drop_params))
        inputs = await load_inputs(sources if len(chain) > 1 else needed, services)
    plans = _plan_each(body, chain, task, sources, inputs, services)
    first = plans[0]
    if body.stream and first.task == "vary":
        raise UnsupportedParameterError("Variations are not streamed.", param="stream")
    if body.stream and len(first.seeds) > 1:
        raise InvalidValueError("Streaming is only supported with n=1.", param="n")
    return PlannedRequest(body, task, plans, inputs)


def _default_for(task: Task, sources: Sources | None, settings: Settings) -> str:
    if task == "generate" or sources is None:
        return settings.default_model
    if task == "vary":
        return settings.default_variation_model
    return settings.default_inpainting_model if sources.masks else settings.default_edit_model


def _chain(
    body: ImageRequest, task: Task, default: str, settings: Settings
) -> tuple[ModelCard, ...]:
    """The models that may be tried in turn, which are those that can do the task at all."""
    catalog = catalog_with(settings.channels)
    chain = resolve_chain(catalog, settings.model_aliases, body.model or default)
    able = tuple(card for card in chain if task in card.tasks)
    if not able:
        others = [name for name, card in catalog.items() if task in card.tasks and name == card.id]
        raise InvalidValueError(
            f"Invalid value for 'model': {chain[0].id} cannot {_TASKS[task]}. Models that can: "
            f"{', '.join(others)}.",
            param="model",
        )
    return able


_TASKS: Mapping[Task, str] = {
    "generate": "make images from a prompt alone",
    "edit": "edit images",
    "vary": "make variations",
}


def _plan_each(
    body: ImageRequest,
    chain: Sequence[ModelCard],
    task: Task,
    sources: Sources | None,
    inputs: Inputs | None,
    services: Services,
) -> list[Plan]:
    """A job for each model. What the first one objects to is an error; others are passed over."""
    plans: list[Plan] = []
    for card in chain:
        try:
            warnings: list[str] = []
            if sources is not None:
                _, warnings = check_sources(sources, card, drop_mask=bool(body.drop_params))
            plan = make_plan(body, card, task, inputs, services.random_bytes)
        except CallerError:
            if not plans:
                raise
            continue
        plans.append(replace(plan, warnings=(*warnings, *plan.warnings)))
    return plans


async def _answer(
    request: Request,
    planned: PlannedRequest,
    idempotency: Idempotency | None,
    caller: Caller,
    services: Services,
) -> Response:
    body = planned.body
    feed = Feed()
    first = planned.plans[0]
    context = context_for(caller, services)
    if body.stream:
        context.show = lambda partial: show_partial(partial, first, feed, services)

    async def work() -> Delivery:
        answer = await execute_once(planned, idempotency, context)
        return await _gather(answer, request, body, services)

    # What is paid for is finished and stored even if the client does not wait for it.
    delivery = asyncio.ensure_future(services.keep_alive(work()))
    if body.stream:
        response = await respond_with_events(delivery, feed, planned.plans, context)
        if isinstance(response.body, AsyncGenerator):
            response.body = _confirmed(response.body, idempotency, context)
        return response
    try:
        return respond(await delivery)
    finally:
        _confirm(idempotency, context)


async def _confirmed(
    body: AsyncGenerator[Parts, None], idempotency: Idempotency | None, context: Context
) -> AsyncGenerator[Parts, None]:
    """A stream whose client has its answer once it has read it to its end."""
    async with aclosing(body) as events:
        async for parts in events:
            yield parts
    _confirm(idempotency, context)


def _confirm(idempotency: Idempotency | None, context: Context) -> None:
    """Note that a client has its answer, where easel would know if it had not."""
    if idempotency is None or not idempotency.is_watched or context.answered is None:
        return
    if not context.services.client_left():
        context.services.deliveries.add(context.answered, context.now())


async def _gather(
    answer: GenerationResult, request: Request, body: ImageRequest, services: Services
) -> Delivery:
    base_url = services.settings().public_base_url or request.origin
    whole = body.stream or body.response_format in ("b64_json", "base64")
    return await deliver(answer, base_url, services, whole=bool(whole))
