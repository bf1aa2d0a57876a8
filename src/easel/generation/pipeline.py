"""The five steps in a row, for every image of a request at once."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from easel.access.authentication import Payer
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
from easel.generation.answers.result import Answer
from easel.generation.answers.streaming import Feed
from easel.generation.execution.context import Context, context_for
from easel.generation.lifecycle.at_most_once import carry_out_once, find_answer
from easel.generation.lifecycle.idempotency import read_repeat
from easel.generation.planning.disclosure import write_down
from easel.generation.planning.fingerprints import Order, print_order, print_request, wants_stored
from easel.generation.planning.inputs import Inputs, check_sources, load_inputs
from easel.generation.planning.models import resolve_chain
from easel.generation.planning.plan import Job, plan
from easel.ledger.messages import Repeat
from easel.platform.http import Parts, Request, Response
from easel.services import Services
from easel.settings.settings import Settings
from easel.wire.prefer import wants_background
from easel.wire.requests import ImageRequest
from easel.wire.sources import Sources

# Submits a request as a job, and answers with it; None where it must wait for the same request.
Submit = Callable[[Request, Order, Repeat | None, Payer, Services], Awaitable[Response | None]]


async def make_images(
    request: Request,
    body: ImageRequest,
    task: Task,
    sources: Sources | None,
    payer: Payer,
    services: Services,
    submit: Submit,
) -> Response:
    """Answer a request for images that was read.

    Args:
        request: as it came.
        body: its fields.
        task: what is asked for.
        sources: the images in it, where it has any.
        payer: who pays.
        services: everything outside.
        submit: has it carried out in the background, where that is asked for.

    Raises:
        EaselError: why there is no image.
    """
    write_down(body, sources, services)
    repeat = await read_repeat(
        request, lambda: print_request(body, task, sources, services), services.now().timestamp()
    )
    is_background = wants_background(request, body)
    try:
        order = await plan_order(body, task, sources, services)
    except CallerError:
        if is_background or body.stream:
            raise
        # Its images may have left their URLs since it was answered.
        answer = await find_answer(repeat, payer, services)
        if answer is None:
            raise
        return respond(await _gather(answer, request, body, services))
    card = order.jobs[0].card
    services.request_log.tell({"model": card.id, "provider": card.provider})
    if is_background:
        job = await submit(request, order, repeat, payer, services)
        if job is not None:
            return job
    if wants_stored(request, body, services.settings()):
        order = replace(order, alike=await print_order(order, services))
    return await _answer(request, order, repeat, payer, services)


async def plan_order(
    body: ImageRequest, task: Task, sources: Sources | None, services: Services
) -> Order:
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
    jobs = _plan_each(body, chain, task, sources, inputs, services)
    first = jobs[0]
    if body.stream and first.task == "vary":
        raise UnsupportedParameterError("Variations are not streamed.", param="stream")
    if body.stream and len(first.seeds) > 1:
        raise InvalidValueError("Streaming is only supported with n=1.", param="n")
    return Order(body, task, jobs, inputs)


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
) -> list[Job]:
    """A job for each model. What the first one objects to is an error; others are passed over."""
    jobs: list[Job] = []
    for card in chain:
        try:
            warnings: list[str] = []
            if sources is not None:
                _, warnings = check_sources(sources, card, drop_mask=bool(body.drop_params))
            job = plan(body, card, task, inputs, services.random_bytes)
        except CallerError:
            if not jobs:
                raise
            continue
        jobs.append(replace(job, warnings=(*warnings, *job.warnings)))
    return jobs


async def _answer(
    request: Request, order: Order, repeat: Repeat | None, payer: Payer, services: Services
) -> Response:
    body = order.body
    feed = Feed()
    first = order.jobs[0]
    context = context_for(payer, services)
    if body.stream:
        context.show = lambda partial: show_partial(partial, first, feed, services)

    async def work() -> Delivery:
        answer = await carry_out_once(order, repeat, context)
        return await _gather(answer, request, body, services)

    # What is paid for is finished and stored even if the client does not wait for it.
    delivery = asyncio.ensure_future(services.keep_alive(work()))
    if body.stream:
        response = await respond_with_events(delivery, feed, order.jobs, context)
        if isinstance(response.body, AsyncGenerator):
            response.body = _confirmed(response.body, repeat, context)
        return response
    try:
        return respond(await delivery)
    finally:
        _confirm(repeat, context)


async def _confirmed(
    body: AsyncGenerator[Parts, None], repeat: Repeat | None, context: Context
) -> AsyncGenerator[Parts, None]:
    """A stream whose client has its answer once it has read it to its end."""
    async with aclosing(body) as events:
        async for parts in events:
            yield parts
    _confirm(repeat, context)


def _confirm(repeat: Repeat | None, context: Context) -> None:
    """Note that a client has its answer, where easel would know if it had not."""
    if repeat is None or not repeat.is_watched or context.answered is None:
        return
    if not context.services.client_left():
        context.services.deliveries.add(context.answered, context.now())


async def _gather(
    answer: Answer, request: Request, body: ImageRequest, services: Services
) -> Delivery:
    base_url = services.settings().public_base_url or request.origin
    whole = body.stream or body.response_format in ("b64_json", "base64")
    return await deliver(answer, base_url, services, whole=bool(whole))
