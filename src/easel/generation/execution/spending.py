"""The cost of a request to the owner: held before it runs, counted afterwards."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from easel.access.authentication import Caller
from easel.billing.pricing import PricedImage, price
from easel.errors import BudgetExceededError, EaselError, TooManyRequestsError
from easel.generation.execution.context import Context
from easel.generation.planning.inputs import Inputs
from easel.generation.planning.plan import Plan
from easel.ledger.messages import Budget, Hold, Price
from easel.ledger.records import ModelUsage
from easel.ledger.requests import hold
from easel.ledger.verdicts import RateLimited, Refused
from easel.platform.money import NANODOLLARS
from easel.settings.settings import Settings


def price_of(plan: Plan, inputs: Inputs | None, context: Context) -> Price:
    """The price of each image of a plan, and the budgets that it counts against."""
    own, whole = _budgets(context.caller, context.settings)
    if not context.owner_pays(plan.card.provider):
        return Price(None, is_counted=False)
    return Price(price(plan.card, work_of(plan, inputs), 1), own=own, whole=whole)


def work_of(plan: Plan, inputs: Inputs | None) -> PricedImage:
    """The facts that the price of each image of a plan depends on."""
    card, native = plan.card, plan.native.size
    parameter = card.parameters.get("steps")
    steps = plan.parameters.get("steps", parameter.default if parameter else None)
    steps = steps if isinstance(steps, int) else None
    if inputs is None or card.images is None:
        return PricedImage(native, steps)
    sent = [card.images.sent_size(image.facts.size, native) for image in inputs.images]
    return PricedImage(native, steps, sent)


def _budgets(caller: Caller, settings: Settings) -> tuple[Budget, Budget]:
    limits = caller.limits
    own = Budget(_nanodollars(limits.usd_per_day), limits.images_per_day)
    return own, Budget(_nanodollars(settings.budget_usd_per_day), settings.budget_images_per_day)


def _nanodollars(usd: float | None) -> int | None:
    return None if usd is None else int(Fraction(str(usd)) * NANODOLLARS)


async def hold_more(
    plan: Plan, images: int, spent: Sequence[ModelUsage], inputs: Inputs | None, context: Context
) -> None:
    """Hold budget for a fallback model.

    Args:
        plan: the model's plan.
        images: how many images it is to generate.
        spent: the cost of the request so far.
        inputs: the caller's images.
        context: the request's context.

    Raises:
        BudgetExceededError: the budget does not allow it.
    """
    message = Hold(
        id=context.id,
        owner=context.caller.name,
        now=context.now(),
        started=context.started.timestamp(),
        spent=sum(one.nanodollars for one in spent),
        counted=sum(one.counted for one in spent),
        images=images,
        price=price_of(plan, inputs, context),
    )
    verdict = await context.services.ledger(hold, message)
    if verdict is not None:
        raise refusal(verdict, context)


def cost_of_call(
    plan: Plan, made: int, failed: int, charged: int, nanodollars: int | None, context: Context
) -> ModelUsage:
    """The cost of one call to the owner.

    Args:
        plan: the plan of the call.
        made: how many images it produced.
        failed: how many images it failed to produce.
        charged: how many images the provider may have charged for.
        nanodollars: their price; None where it is unsum_.
        context: the request's context.
    """
    card = plan.card
    if not context.owner_pays(card.provider):
        return ModelUsage(card.provider, card.id, images=made, errors=failed)
    return ModelUsage(
        card.provider,
        card.id,
        images=made,
        errors=failed,
        nanodollars=nanodollars or 0,
        unpriced=charged if nanodollars is None else 0,
        counted=charged,
    )


def by_model(*parts: ModelUsage) -> tuple[ModelUsage, ...]:
    """Costs added up by model."""
    sums: dict[tuple[str, str], ModelUsage] = {}
    for part in parts:
        name = (part.provider, part.model)
        total = sums.get(name, ModelUsage(*name))
        sums[name] = ModelUsage(
            *name,
            requests=total.requests + part.requests,
            images=total.images + part.images,
            errors=total.errors + part.errors,
            nanodollars=total.nanodollars + part.nanodollars,
            unpriced=total.unpriced + part.unpriced,
            counted=total.counted + part.counted,
        )
    return tuple(sums.values())


def refusal(verdict: Refused, context: Context) -> EaselError:
    """The error for a request that the ledger refuses to begin."""
    until = verdict.until
    seconds = max(1.0, until - context.now())
    if isinstance(verdict, RateLimited):
        return TooManyRequestsError(
            "This API key has reached its limit of requests per minute. Try again in a moment.",
            retry_after=seconds,
        )
    reset = f"The budget is renewed at {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC."
    match verdict.reason:
        case "unpriced":
            message = (
                "The budget of this server is in US dollars, but the price of this model is "
                "unknown. The owner can allow such models by setting BUDGET_IMAGES_PER_DAY."
            )
        case "own_usd" | "own_images":
            message = f"The request exceeds this API key's daily budget. {reset}"
        case _:
            message = f"The request exceeds this server's daily budget. {reset}"
    return BudgetExceededError(
        message, retry_after=None if verdict.reason == "unpriced" else seconds
    )
