"""Make the images of one provider call, and store them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from easel.billing.pricing import call_cost, price
from easel.errors import EaselError, EmptyResultError, ServerError
from easel.generation.execution.context import Context
from easel.generation.execution.results import FinishedImage, Provenance
from easel.generation.execution.retry import generate_with_retries
from easel.generation.execution.spending import cost_of_call, work_of
from easel.generation.execution.storing import store_pictures
from easel.generation.planning.inputs import Inputs
from easel.generation.planning.plan import Plan
from easel.ledger.records import ModelUsage
from easel.observability.request_log import describe_bug
from easel.providers.protocol import Attempt, Picture, Result
from easel.wire.usage import Usage, add_usage


@dataclass
class Outcome:
    """The images that were made, and the errors of those that were not.

    Attributes:
        made: the stored images.
        failed: the error of each missing image by its place; after a fallback, the last model's.
        reasons: the errors of all models.
        usage: token counts, if the provider reports them.
        spent: the owner's cost, one part per call.
    """

    made: list[FinishedImage] = field(default_factory=list)
    failed: dict[int, EaselError] = field(default_factory=dict)
    reasons: list[EaselError] = field(default_factory=list)
    usage: Usage | None = None
    spent: list[ModelUsage] = field(default_factory=list)

    @classmethod
    def of_failure(cls, error: EaselError, places: Collection[int]) -> "Outcome":
        """Make an outcome in which every image failed with the same error."""
        return cls(failed=dict.fromkeys(places, error), reasons=[error] * len(places))

    def add(self, other: "Outcome") -> None:
        """Add the outcome of other images, or of another attempt at the failed ones."""
        self.made += other.made
        self.failed |= other.failed
        for artifact in other.made:
            self.failed.pop(artifact.provenance.place, None)
        self.reasons += other.reasons
        self.usage = add_usage(self.usage, other.usage)
        self.spent += other.spent


@dataclass(frozen=True)
class Batch:
    """The images that one provider call makes.

    Attributes:
        seeds: the seed of each image by its place in the request; None if the provider chooses it.
        attempt: the call.
        inputs: the caller's images.
        fingerprints: the fingerprint of each reproducible image, by its seed.
    """

    plan: Plan
    seeds: Mapping[int, int | None]
    attempt: Attempt
    inputs: Inputs | None
    fingerprints: Mapping[int | None, str]


async def make_batch(batch: Batch, context: Context) -> Outcome:
    """Make and store the images of one call; errors are part of the outcome."""
    plan, count = batch.plan, len(batch.seeds)
    card = plan.card
    attempt = replace(batch.attempt, nonce=context.services.random_bytes(8).hex())
    try:
        result = await generate_with_retries(card.provider, attempt, context)
    except EaselError as error:
        _use_callers_name(error, plan)
        context.services.log(f"images of {card.id} failed with {error.code}: {error.message}")
        return _failed(batch, error, context)
    except Exception as error:  # noqa: BLE001 - a bug in one batch must not lose its paid siblings
        context.services.log(describe_bug(error, context.services.request_log))
        bug = ServerError("easel failed to make the image.", billed=True)
        return _failed(batch, bug, context)
    # Images beyond the requested number are neither stored nor charged.
    given = min(len(result.pictures), count)
    nanodollars = call_cost(card, work_of(plan, batch.inputs), result.usd, result.usage, given)
    try:
        outcome = await _store(result, batch, nanodollars, context)
    finally:
        result.release()
    made, failed = len(outcome.made), len(outcome.failed)
    outcome.spent.append(cost_of_call(plan, made, failed, count, nanodollars, context))
    return outcome


def _failed(batch: Batch, error: EaselError, context: Context) -> Outcome:
    plan, count = batch.plan, len(batch.seeds)
    outcome = Outcome.of_failure(error, batch.seeds)
    # A possible charge counts as one, so that the budget holds.
    charged = count if error.billed else 0
    nanodollars = price(plan.card, work_of(plan, batch.inputs), charged) if charged else 0
    outcome.spent.append(cost_of_call(plan, 0, count, charged, nanodollars, context))
    return outcome


def _use_callers_name(error: EaselError, plan: Plan) -> None:
    """Name the parameter of a provider's error as the caller named it."""
    name = plan.names.get(error.param or "", error.param)
    if name != error.param:
        error.param = name
        error.message = f"Invalid value for '{error.param}'. {error.message}"


async def _store(
    result: Result, batch: Batch, nanodollars: int | None, context: Context
) -> Outcome:
    pictures = dict(zip(batch.seeds, result.pictures, strict=False))
    each = None if nanodollars is None else nanodollars // len(pictures)
    origins = {
        place: _origin(picture, place, batch, each, context) for place, picture in pictures.items()
    }
    base_urls = [*batch.attempt.base_urls.values()]
    stored = await store_pictures(result, origins, base_urls, context)
    title = context.providers[batch.plan.card.provider].title
    too_few = EmptyResultError(f"{title} made fewer images than were requested.")
    outcomes = {place: stored.get(place, too_few) for place in batch.seeds}
    made = [one for one in outcomes.values() if isinstance(one, FinishedImage)]
    failed = {place: one for place, one in outcomes.items() if isinstance(one, EaselError)}
    return Outcome(made, failed, [*failed.values()], result.usage)


def _origin(
    picture: Picture, place: int, batch: Batch, nanodollars: int | None, context: Context
) -> Provenance:
    seed = batch.seeds[place]
    return Provenance(
        context.next_image_id(),
        context.started,
        batch.plan,
        picture.seed if picture.seed is not None else seed,
        picture.revised_prompt,
        batch.fingerprints.get(seed),
        nanodollars,
        place,
    )
