"""Step four: run a provider's generator, giving it what it asks for."""

from typing import assert_never

from easel.errors import ProviderError
from easel.handles import Answer, Buffer, LongText
from easel.images.download import DownloadError, download
from easel.providers.protocol import Attempt, Download, Provider, Step
from easel.world import ModelCall, UpstreamFailure, World

# A finished image is paid for, so there is more patience for it than for a caller's.
_MAX_RESULT_BYTES = 40 * 1000 * 1000
_MAX_RESULT_SECONDS = 60.0


async def run(provider: Provider, attempt: Attempt, world: World) -> Buffer:
    """Drive one attempt to its image.

    Raises:
        EaselError: what the provider's code made of a failure.
    """
    steps = provider(attempt)
    try:
        step = next(steps)
        while True:
            try:
                answer = await _take(step, world)
            except UpstreamFailure as failure:
                world.log(f"upstream failure of {attempt.model}: {failure}")
                step = steps.throw(failure)
            else:
                step = steps.send(answer)
    except StopIteration as finished:
        image: Buffer = finished.value
        return image
    finally:
        steps.close()


async def _take(step: Step, world: World) -> Answer:
    match step:
        case ModelCall():
            return await world.run_model(step)
        case Download(url):
            return await _download(url, world)
        case _:
            assert_never(step)


async def _download(url: str | LongText, world: World) -> Buffer:
    try:
        return await download(
            url,
            world,
            allow_private=world.settings().allow_private_urls,
            limit=_MAX_RESULT_BYTES,
            seconds=_MAX_RESULT_SECONDS,
        )
    except DownloadError as error:
        world.log(f"could not download a result: {error!r}")
        raise ProviderError(
            f"The image was made but could not be fetched from its provider. {error}"
        ) from error
