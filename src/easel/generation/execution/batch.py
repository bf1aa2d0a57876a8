"""Step four, for the images of one call: have them made, fetched and kept."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from easel.billing.pricing import figure, price
from easel.errors import EaselError, EmptyResultError, ProviderError, ServerError
from easel.generation.execution.context import Context
from easel.generation.execution.results import Artifact, Origin, store_result
from easel.generation.execution.retry import make
from easel.generation.execution.spending import spent_on, work_of
from easel.generation.planning.inputs import Inputs
from easel.generation.planning.plan import Plan
from easel.ledger.records import Spent
from easel.media.download import DownloadError, download
from easel.media.urls import UntrustedUrlError, origin_of
from easel.observability.request_log import describe_bug
from easel.platform.buffers import Buffer, LongText
from easel.providers.protocol import Attempt, Picture, Result
from easel.wire.usage import Usage, add_usage

# A finished image is paid for, so there is more patience for it than for a caller's.
_MAX_RESULT_BYTES = 40 * 1000 * 1000
_MAX_RESULT_SECONDS = 60.0

# What a request's images may take between their storage and the end of its answer. The images of
# one call share their memory, so all of them are let go of, or none.
_MAX_KEPT_BYTES = 4 * 1000 * 1000


@dataclass
class Outcome:
    """What became of images that were asked for.

    Attributes:
        made: the images that there are.
        failed: why the others are missing, by their places: what the last model failed with.
        reasons: everything that failed, with any model.
        usage: token counts, where a provider counts tokens.
        spent: what it cost the owner, a part for each call.
    """

    made: list[Artifact] = field(default_factory=list)
    failed: dict[int, EaselError] = field(default_factory=dict)
    reasons: list[EaselError] = field(default_factory=list)
    usage: Usage | None = None
    spent: list[Spent] = field(default_factory=list)

    @classmethod
    def of_failure(cls, error: EaselError, places: Collection[int]) -> "Outcome":
        """Images that failed alike."""
        return cls(failed=dict.fromkeys(places, error), reasons=[error] * len(places))

    def add(self, other: "Outcome") -> None:
        """Add other images, or a later model's attempt at the ones that failed."""
        self.made += other.made
        self.failed |= other.failed
        for artifact in other.made:
            self.failed.pop(artifact.origin.place, None)
        self.reasons += other.reasons
        self.usage = add_usage(self.usage, other.usage)
        self.spent += other.spent


@dataclass(frozen=True)
class Batch:
    """Images that one call makes.

    Attributes:
        plan: what they are made for.
        seeds: of each image, by its place in the request; None leaves it to the provider.
        attempt: the call.
        inputs: the caller's images.
        fingerprints: what each is made from, by its seed, where it can be made again.
    """

    plan: Plan
    seeds: Mapping[int, int | None]
    attempt: Attempt
    inputs: Inputs | None
    fingerprints: Mapping[int | None, str]


async def make_batch(batch: Batch, context: Context) -> Outcome:
    """Have the images of one call made and kept; a failure is a part of the outcome."""
    plan, count = batch.plan, len(batch.seeds)
    card = plan.card
    attempt = replace(batch.attempt, nonce=context.services.random_bytes(8).hex())
    try:
        result = await make(card.provider, attempt, context)
    except EaselError as error:
        _name_as_the_caller(error, plan)
        context.services.log(f"images of {card.id} failed with {error.code}: {error.message}")
        return _failed(batch, error, context)
    except Exception as error:  # noqa: BLE001 - a bug in one batch must not lose its paid siblings
        context.services.log(describe_bug(error, context.services.request_log))
        bug = ServerError("easel failed to make the image.", billed=True)
        return _failed(batch, bug, context)
    # What a provider gives beyond what it was asked for is neither kept nor charged.
    given = min(len(result.pictures), count)
    nanodollars = figure(card, work_of(plan, batch.inputs), result.usd, result.usage, given)
    try:
        outcome = await _keep_all(result, batch, nanodollars, context)
        outcome.made = _let_go(outcome.made, context)
    finally:
        result.release()
    made, failed = len(outcome.made), len(outcome.failed)
    outcome.spent.append(spent_on(plan, made, failed, count, nanodollars, context))
    return outcome


def _let_go(made: Sequence[Artifact], context: Context) -> list[Artifact]:
    """Read large images from the bucket again when they are sent, instead of holding them."""
    context.kept_bytes += sum(artifact.content.size for artifact in made)
    if context.kept_bytes <= _MAX_KEPT_BYTES:
        return [*made]
    bucket = context.services.bucket
    return [
        one if one.key is None else replace(one, content=bucket.stored(one.key, one.content.size))
        for one in made
    ]


def _failed(batch: Batch, error: EaselError, context: Context) -> Outcome:
    plan, count = batch.plan, len(batch.seeds)
    outcome = Outcome.of_failure(error, batch.seeds)
    # What may have been charged counts as charged: a budget must hold.
    charged = count if error.billed else 0
    nanodollars = price(plan.card, work_of(plan, batch.inputs), charged) if charged else 0
    outcome.spent.append(spent_on(plan, 0, count, charged, nanodollars, context))
    return outcome


def _name_as_the_caller(error: EaselError, plan: Plan) -> None:
    """Let an error of the provider's blame a parameter by the name that the caller used."""
    name = plan.names.get(error.param or "", error.param)
    if name != error.param:
        error.param = name
        error.message = f"Invalid value for '{error.param}'. {error.message}"


async def _keep_all(
    result: Result, batch: Batch, nanodollars: int | None, context: Context
) -> Outcome:
    given = min(len(result.pictures), len(batch.seeds))
    each = None if nanodollars is None else nanodollars // given
    kept = await asyncio.gather(
        *(
            _keep(picture, place, batch, each, context)
            for picture, place in zip(result.pictures, batch.seeds, strict=False)
        )
    )
    title = context.providers[batch.plan.card.provider].title
    results = dict(zip(batch.seeds, kept, strict=False))
    too_few = EmptyResultError(f"{title} made fewer images than it was asked for.")
    failed = {
        place: error
        for place in batch.seeds
        if isinstance(error := results.get(place, too_few), EaselError)
    }
    made = [one for one in kept if isinstance(one, Artifact)]
    return Outcome(made, failed, [*failed.values()], result.usage)


async def _keep(
    picture: Picture, place: int, batch: Batch, nanodollars: int | None, context: Context
) -> Artifact | EaselError:
    source, plan, seed = picture.source, batch.plan, batch.seeds[place]
    origin = Origin(
        context.next_name(),
        context.started,
        plan,
        picture.seed if picture.seed is not None else seed,
        picture.revised_prompt,
        batch.fingerprints.get(seed),
        nanodollars,
        place,
    )
    try:
        content = source if isinstance(source, Buffer) else await _fetch(source, batch, context)
        return await store_result(content, origin, context.services)
    except EaselError as error:
        context.services.log(f"an image of {plan.card.id} was lost, {error.code}: {error.message}")
        error.billed = True
        return error
    except Exception as error:  # noqa: BLE001 - a bug in one image must not lose its paid siblings
        context.services.log(describe_bug(error, context.services.request_log))
        return ServerError("easel failed to keep the image.", billed=True)


async def _fetch(url: str | LongText, batch: Batch, context: Context) -> Buffer:
    """Fetch a result at once, because providers keep it for a while only."""
    try:
        origins = [origin_of(base_url) for base_url in batch.attempt.base_urls.values()]
        if isinstance(url, str) and url.startswith("/") and origins:
            url = f"{origins[0]}{url}"
        async with context.connections:
            return await download(
                url,
                context.services,
                allow_private=context.settings.allow_private_urls,
                trusted_origins=origins,
                limit=_MAX_RESULT_BYTES,
                seconds=_MAX_RESULT_SECONDS,
            )
    except (DownloadError, UntrustedUrlError) as error:
        context.services.log(f"could not download a result: {error!r}")
        title = context.providers[batch.plan.card.provider].title
        raise ProviderError(
            f"The image was made but could not be fetched from {title}. {error}"
        ) from error
