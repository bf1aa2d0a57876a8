"""The five steps in a row, for every image of a job at once."""

import asyncio
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace

from easel.catalog import CATALOG, ModelCard
from easel.catalog.cards import Task
from easel.errors import EaselError, InvalidValueError, ServerError, UnsupportedParameterError
from easel.http import Base64, Parts, Request, Response
from easel.images.inputs import Inputs, check_sources, load_inputs
from easel.images.keep import Artifact, keep
from easel.images.plan import Job, attempt_for, plan
from easel.images.prepare import prepare_inputs
from easel.images.read import read_edit, read_generation
from easel.images.resolve import resolve
from easel.images.run import run
from easel.images.stream import stream_response
from easel.providers.registry import PROVIDERS
from easel.settings import Settings
from easel.wire.events import completed_event
from easel.wire.requests import ImageRequest
from easel.wire.responses import images_response
from easel.wire.sources import Sources
from easel.world import World

_MAX_HEADER = 2000


async def generate_images(request: Request, world: World) -> Response:
    """`POST /v1/images/generations`."""
    body = await read_generation(request)
    card = _model_for(body, "generate", world.settings().default_model)
    job = plan(body, card, "generate", None, world.random_bytes)
    return await _answer(request, body, job, None, world)


async def edit_images(request: Request, world: World) -> Response:
    """`POST /v1/images/edits`."""
    body, sources = await read_edit(request)
    default = _default_for_edit(sources, world.settings())
    return await _change(request, body, sources, "edit", default, world)


async def vary_images(request: Request, world: World) -> Response:
    """`POST /v1/images/variations`."""
    body, sources = await read_edit(request)
    default = world.settings().default_variation_model
    return await _change(request, body, sources, "vary", default, world)


def _default_for_edit(sources: Sources, settings: Settings) -> str:
    return settings.default_inpainting_model if sources.masks else settings.default_edit_model


async def _change(
    request: Request, body: ImageRequest, sources: Sources, task: Task, default: str, world: World
) -> Response:
    card = _model_for(body, task, default)
    sources, warnings = check_sources(sources, card, drop_mask=bool(body.drop_params))
    inputs = await load_inputs(sources, world)
    job = plan(body, card, task, inputs, world.random_bytes)
    job = replace(job, warnings=(*warnings, *job.warnings))
    return await _answer(request, body, job, inputs, world)


def _model_for(body: ImageRequest, task: Task, default: str) -> ModelCard:
    card = resolve(CATALOG, body.model or default)
    if task not in card.tasks:
        able = [name for name, other in CATALOG.items() if task in other.tasks]
        raise InvalidValueError(
            f"Invalid value for 'model': {card.id} cannot {_TASKS[task]}. Models that can: "
            f"{', '.join(able)}.",
            param="model",
        )
    return card


_TASKS: Mapping[Task, str] = {
    "generate": "make images from a prompt alone",
    "edit": "edit images",
    "vary": "make variations",
}


@dataclass(frozen=True)
class _Outcome:
    """What became of a job."""

    made: list[Artifact]
    failed: list[EaselError]


async def _answer(
    request: Request, body: ImageRequest, job: Job, inputs: Inputs | None, world: World
) -> Response:
    if body.stream and job.task == "vary":
        raise UnsupportedParameterError("Variations are not streamed.", param="stream")
    if body.stream and len(job.seeds) > 1:
        raise InvalidValueError("Streaming is only supported with n=1.", param="n")
    settings = world.settings()
    base_url = settings.public_base_url or request.origin
    # What is paid for is finished and stored even if the client does not wait for it.
    work = asyncio.ensure_future(world.keep_alive(_make_all(job, inputs, world)))
    if body.stream:
        return await _answer_with_events(work, job, base_url, settings, world)
    outcome = await work
    urls = [_url(artifact, base_url) for artifact in outcome.made]
    warnings = [*job.warnings]
    if None in urls:
        warnings.append("The bucket failed: images that could not be stored came as b64_json.")
    as_url = body.response_format != "b64_json"
    response = images_response(
        int(world.now().timestamp()),
        [
            url if as_url and url else Base64(artifact.content)
            for url, artifact in zip(urls, outcome.made, strict=True)
        ],
    )
    response.headers |= _headers(job, outcome, warnings)
    return response


async def _answer_with_events(
    work: "asyncio.Future[_Outcome]", job: Job, base_url: str, settings: Settings, world: World
) -> Response:
    def describe(outcome: _Outcome) -> Parts:
        (image,) = outcome.made
        created = int(world.now().timestamp())
        facts, url = image.facts, _url(image, base_url)
        return completed_event(job.task, created, image.content, facts.format, facts.size, url)

    response = await stream_response(work, describe, settings.heartbeat_seconds, world.log)
    response.headers |= _headers(job, None, [*job.warnings])
    return response


def _url(artifact: Artifact, base_url: str) -> str | None:
    return artifact.key and f"{base_url}/{artifact.key}"


async def _make_all(job: Job, inputs: Inputs | None, world: World) -> _Outcome:
    """Make every image at once, and return those that were made and why others were not.

    Raises:
        EaselError: none was made; of several reasons, one that may have cost something.
    """
    prepared = await prepare_inputs(inputs, job.card, job.native.size, world) if inputs else {}
    outcomes = await asyncio.gather(*(_make(job, seed, prepared, world) for seed in job.seeds))
    made = [outcome for outcome in outcomes if isinstance(outcome, Artifact)]
    failed = [outcome for outcome in outcomes if isinstance(outcome, EaselError)]
    if not made:
        raise max(failed, key=lambda error: error.billed)
    return _Outcome(made, failed)


async def _make(
    job: Job, seed: int | None, prepared: Mapping[str, object], world: World
) -> Artifact | EaselError:
    try:
        attempt = attempt_for(job, seed, prepared)
        content = await run(PROVIDERS[job.card.provider], attempt, world)
        return await keep(content, seed, job, world)
    except EaselError as error:
        world.log(f"an image of {job.card.id} failed with {error.code}: {error.message}")
        return error
    except Exception:  # noqa: BLE001 - a bug in one image must not lose its paid siblings
        world.log(traceback.format_exc())
        return ServerError("easel failed to make the image.")


def _headers(job: Job, outcome: _Outcome | None, warnings: list[str]) -> dict[str, str]:
    """What OpenAI's body has no place for; there is no outcome yet where a stream begins."""
    seeds = [image.seed for image in outcome.made] if outcome else job.seeds
    failed = outcome.failed if outcome else []
    headers = {
        "x-easel-model": job.card.id,
        "x-easel-provider": job.card.provider,
        "x-easel-seed": ",".join(str(seed) for seed in seeds if seed is not None),
        "x-easel-missing": str(len(failed) or ""),
        "x-easel-missing-codes": ",".join(sorted({error.code for error in failed})),
        # Warnings repeat callers' words, which may be long and of any script.
        "x-easel-warnings": ascii(" ".join(warnings))[1:-1][:_MAX_HEADER],
    }
    return {name: value for name, value in headers.items() if value}
