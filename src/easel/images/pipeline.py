"""The five steps in a row, for every image of a request at once."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from easel.access.keys import Payer, identify, prefixes
from easel.catalog import ModelCard
from easel.catalog.cards import Task
from easel.catalog.custom import catalog_with
from easel.errors import CallerError, InvalidValueError, UnsupportedParameterError
from easel.http import Request, Response
from easel.images.answer import answer, answer_with_events, show_partial
from easel.images.context import Context
from easel.images.inputs import Inputs, check_sources, load_inputs
from easel.images.plan import Job, plan
from easel.images.read import read_edit, read_generation
from easel.images.resolve import resolve_chain
from easel.images.run import make_all
from easel.images.stream import Feed
from easel.providers.custom import providers_with
from easel.settings import Settings
from easel.wire.requests import ImageRequest
from easel.wire.sources import Sources
from easel.world import World


async def generate_images(request: Request, world: World) -> Response:
    """`POST /v1/images/generations`."""
    settings = world.settings()
    payer = _payer(request, settings)
    body = await read_generation(request)
    chain = _chain(body, "generate", settings.default_model, settings)
    jobs = _plan_each(body, chain, "generate", None, None, world)
    return await _answer(request, body, jobs, None, payer, world)


async def edit_images(request: Request, world: World) -> Response:
    """`POST /v1/images/edits`."""
    return await _change(request, "edit", world)


async def vary_images(request: Request, world: World) -> Response:
    """`POST /v1/images/variations`."""
    return await _change(request, "vary", world)


def _payer(request: Request, settings: Settings) -> Payer:
    providers = providers_with(settings.channels).items()
    # A token for what takes none, such as Workers AI, opens nothing.
    takers = [name for name, provider in providers if provider.secrets]
    return identify(request.headers, settings, prefixes(takers))


async def _change(request: Request, task: Task, world: World) -> Response:
    settings = world.settings()
    payer = _payer(request, settings)
    body, sources = await read_edit(request)
    chain = _chain(body, task, _default_for(task, sources, settings), settings)
    # Before anything is fetched: the first model's objection to the images is the caller's error.
    needed, _ = check_sources(sources, chain[0], drop_mask=bool(body.drop_params))
    inputs = await load_inputs(sources if len(chain) > 1 else needed, world)
    jobs = _plan_each(body, chain, task, sources, inputs, world)
    return await _answer(request, body, jobs, inputs, payer, world)


def _default_for(task: Task, sources: Sources, settings: Settings) -> str:
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
    world: World,
) -> list[Job]:
    """A job for each model. What the first one objects to is an error; others are passed over."""
    jobs: list[Job] = []
    for card in chain:
        try:
            warnings: list[str] = []
            if sources is not None:
                _, warnings = check_sources(sources, card, drop_mask=bool(body.drop_params))
            job = plan(body, card, task, inputs, world.random_bytes)
        except CallerError:
            if not jobs:
                raise
            continue
        jobs.append(replace(job, warnings=(*warnings, *job.warnings)))
    return jobs


async def _answer(
    request: Request,
    body: ImageRequest,
    jobs: Sequence[Job],
    inputs: Inputs | None,
    payer: Payer,
    world: World,
) -> Response:
    first = jobs[0]
    if body.stream and first.task == "vary":
        raise UnsupportedParameterError("Variations are not streamed.", param="stream")
    if body.stream and len(first.seeds) > 1:
        raise InvalidValueError("Streaming is only supported with n=1.", param="n")
    settings = world.settings()
    feed = Feed()
    context = Context(
        world,
        settings,
        payer,
        world.now() + timedelta(seconds=settings.job_timeout_seconds),
        providers_with(settings.channels),
        show=(lambda partial: show_partial(partial, first, feed, world)) if body.stream else None,
    )
    base_url = settings.public_base_url or request.origin
    # What is paid for is finished and stored even if the client does not wait for it.
    work = asyncio.ensure_future(world.keep_alive(make_all(jobs, inputs, context)))
    if body.stream:
        return await answer_with_events(work, feed, jobs, base_url, context)
    as_base64 = body.response_format in ("b64_json", "base64")
    return answer(await work, base_url, context, as_base64=as_base64)
