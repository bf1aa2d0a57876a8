"""The five steps in a row, for every image of a job at once."""

import asyncio
import traceback

from easel.catalog import CATALOG
from easel.errors import EaselError, ServerError
from easel.http import Base64, Request, Response
from easel.images.keep import Artifact, keep
from easel.images.plan import Job, PlannedImage, plan
from easel.images.read import read_generation
from easel.images.resolve import resolve
from easel.images.run import run
from easel.providers.registry import PROVIDERS
from easel.wire.responses import images_response
from easel.world import World

_MAX_HEADER = 2000


async def generate_images(request: Request, world: World) -> Response:
    """`POST /v1/images/generations`."""
    settings = world.settings()
    body = await read_generation(request)
    card = resolve(CATALOG, body.model or settings.default_model)
    job = plan(body, card, world.random_bytes)
    # What is paid for is finished and stored even if the client does not wait for it.
    made, failed = await world.keep_alive(_make_all(job, world))
    base_url = settings.public_base_url or request.origin
    urls = [artifact.key and f"{base_url}/{artifact.key}" for artifact in made]
    warnings = [*job.warnings]
    if None in urls:
        warnings.append("The bucket failed: images that could not be stored came as b64_json.")
    as_url = body.response_format != "b64_json"
    response = images_response(
        int(world.now().timestamp()),
        [
            url if as_url and url else Base64(artifact.content)
            for url, artifact in zip(urls, made, strict=True)
        ],
    )
    response.headers |= _headers(job, made, failed, warnings)
    return response


async def _make_all(job: Job, world: World) -> tuple[list[Artifact], list[EaselError]]:
    """Make every image at once, and return those that were made and why others were not.

    Raises:
        EaselError: none was made; of several reasons, one that may have cost something.
    """
    outcomes = await asyncio.gather(*(_make(image, job, world) for image in job.images))
    made = [outcome for outcome in outcomes if isinstance(outcome, Artifact)]
    failed = [outcome for outcome in outcomes if isinstance(outcome, EaselError)]
    if not made:
        raise max(failed, key=lambda error: error.billed)
    return made, failed


async def _make(image: PlannedImage, job: Job, world: World) -> Artifact | EaselError:
    try:
        content = await run(PROVIDERS[job.card.provider], image.attempt, world)
        return await keep(content, image, job, world)
    except EaselError as error:
        world.log(f"an image of {job.card.id} failed with {error.code}: {error.message}")
        return error
    except Exception:  # noqa: BLE001 - a bug in one image must not lose its paid siblings
        world.log(traceback.format_exc())
        return ServerError("easel failed to make the image.")


def _headers(
    job: Job, made: list[Artifact], failed: list[EaselError], warnings: list[str]
) -> dict[str, str]:
    """What OpenAI's body has no place for."""
    headers = {
        "x-easel-model": job.card.id,
        "x-easel-provider": job.card.provider,
        "x-easel-seed": ",".join(str(image.seed) for image in made if image.seed is not None),
        "x-easel-missing": str(len(failed) or ""),
        "x-easel-missing-codes": ",".join(sorted({error.code for error in failed})),
        # Warnings repeat callers' words, which may be long and of any script.
        "x-easel-warnings": ascii(" ".join(warnings))[1:-1][:_MAX_HEADER],
    }
    return {name: value for name, value in headers.items() if value}
