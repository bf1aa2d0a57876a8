"""Step four: have the images made, by the first model of the chain that makes them."""

import asyncio
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from easel.errors import EaselError, EmptyResultError, ProviderError, ServerError
from easel.handles import Buffer, LongText
from easel.images.attempts import make
from easel.images.context import Context
from easel.images.download import DownloadError, download
from easel.images.inputs import Inputs
from easel.images.keep import Artifact, keep
from easel.images.plan import Job, attempt_for, batches
from easel.images.prepare import prepare_inputs
from easel.providers.protocol import Attempt, Picture, Result
from easel.trust import UntrustedUrlError, origin_of
from easel.wire.usage import Usage, add_usage

# A finished image is paid for, so there is more patience for it than for a caller's.
_MAX_RESULT_BYTES = 40 * 1000 * 1000
_MAX_RESULT_SECONDS = 60.0


@dataclass
class Outcome:
    """What became of a request.

    Attributes:
        made: the images, in the order of the models that made them.
        failed: why the others are missing.
        usage: token counts, where a provider counts tokens.
    """

    made: list[Artifact] = field(default_factory=list)
    failed: list[EaselError] = field(default_factory=list)
    usage: Usage | None = None


async def make_all(jobs: Sequence[Job], inputs: Inputs | None, context: Context) -> Outcome:
    """Have every image made and kept.

    What one model fails to make the next one is asked for, if the failure is the model's own.

    Args:
        jobs: the request as a job for each model of the chain.
        inputs: the caller's images.
        context: what the request has.

    Raises:
        EaselError: none was made; of several reasons, one that may have cost something.
    """
    total = Outcome()
    missing = len(jobs[0].seeds)
    failed: list[EaselError] = []
    for job in jobs:
        outcome = await _make_with(replace(job, seeds=job.seeds[-missing:]), inputs, context)
        total.made += outcome.made
        total.usage = add_usage(total.usage, outcome.usage)
        total.failed = outcome.failed
        failed += outcome.failed
        missing = len(outcome.failed)
        if not any(error.falls_over for error in outcome.failed):
            break
    if total.made:
        return total
    raise _most_telling(failed)


def _most_telling(failed: Sequence[EaselError]) -> EaselError:
    """One error for all: it may have cost something if any of them may have."""
    told = next((error for error in failed if error.billed), None)
    if told is not None:
        return told
    # A model that nobody has a credential for says less than one that was tried.
    tried = [error for error in failed if error.code != "provider_key_missing"]
    return (tried or failed)[-1]


async def _make_with(job: Job, inputs: Inputs | None, context: Context) -> Outcome:
    """Make images with one model, all batches at once."""
    try:
        context.credentials(job.card.provider)
        prepared = await _prepare(job, inputs, context)
    except EaselError as error:
        return Outcome(failed=[error] * len(job.seeds))
    parts = await asyncio.gather(
        *(_make_batch(job, batch, prepared, context) for batch in batches(job.card, job.seeds))
    )
    whole = Outcome()
    for part in parts:
        whole.made += part.made
        whole.failed += part.failed
        whole.usage = add_usage(whole.usage, part.usage)
    return whole


async def _prepare(job: Job, inputs: Inputs | None, context: Context) -> dict[str, object]:
    if inputs is None:
        return {}
    return await prepare_inputs(inputs, job.card, job.native.size, context.world)


async def _make_batch(
    job: Job, seeds: Sequence[int | None], prepared: Mapping[str, object], context: Context
) -> Outcome:
    name = job.card.provider
    attempt = replace(
        attempt_for(job, seeds, prepared, context.base_urls(name)),
        nonce=context.world.random_bytes(8).hex(),
    )
    try:
        result = await make(name, attempt, context)
    except EaselError as error:
        _name_as_the_caller(error, job)
        context.world.log(f"images of {job.card.id} failed with {error.code}: {error.message}")
        return Outcome(failed=[error] * len(seeds))
    except Exception:  # noqa: BLE001 - a bug in one batch must not lose its paid siblings
        context.world.log(traceback.format_exc())
        return Outcome(
            failed=[ServerError("easel failed to make the image.", billed=True)] * len(seeds)
        )
    return await _keep_all(result, seeds, job, attempt, context)


def _name_as_the_caller(error: EaselError, job: Job) -> None:
    """Let an error of the provider's blame a parameter by the name that the caller used."""
    name = job.names.get(error.param or "", error.param)
    if name != error.param:
        error.param = name
        error.message = f"Invalid value for '{error.param}'. {error.message}"


async def _keep_all(
    result: Result, seeds: Sequence[int | None], job: Job, attempt: Attempt, context: Context
) -> Outcome:
    kept = await asyncio.gather(
        *(
            _keep(picture, seed, job, attempt, context)
            for picture, seed in zip(result.pictures, seeds, strict=False)
        )
    )
    title = context.providers[job.card.provider].title
    missing = [
        EmptyResultError(f"{title} made fewer images than it was asked for.")
        for _ in range(len(seeds) - len(kept))
    ]
    return Outcome(
        [one for one in kept if isinstance(one, Artifact)],
        [*(one for one in kept if isinstance(one, EaselError)), *missing],
        result.usage,
    )


async def _keep(
    picture: Picture, seed: int | None, job: Job, attempt: Attempt, context: Context
) -> Artifact | EaselError:
    source = picture.source
    try:
        content = (
            source if isinstance(source, Buffer) else await _fetch(source, job, attempt, context)
        )
        known = picture.seed if picture.seed is not None else seed
        return await keep(content, known, picture.revised_prompt, job, context.world)
    except EaselError as error:
        context.world.log(f"an image of {job.card.id} was lost, {error.code}: {error.message}")
        error.billed = True
        return error
    except Exception:  # noqa: BLE001 - a bug in one image must not lose its paid siblings
        context.world.log(traceback.format_exc())
        return ServerError("easel failed to keep the image.", billed=True)


async def _fetch(url: str | LongText, job: Job, attempt: Attempt, context: Context) -> Buffer:
    """Fetch a result at once, because providers keep it for a while only."""
    try:
        origins = [origin_of(base_url) for base_url in attempt.base_urls.values()]
        if isinstance(url, str) and url.startswith("/") and origins:
            url = f"{origins[0]}{url}"
        async with context.connections:
            return await download(
                url,
                context.world,
                allow_private=context.settings.allow_private_urls,
                trusted_origins=origins,
                limit=_MAX_RESULT_BYTES,
                seconds=_MAX_RESULT_SECONDS,
            )
    except (DownloadError, UntrustedUrlError) as error:
        context.world.log(f"could not download a result: {error!r}")
        title = context.providers[job.card.provider].title
        raise ProviderError(
            f"The image was made but could not be fetched from {title}. {error}"
        ) from error
