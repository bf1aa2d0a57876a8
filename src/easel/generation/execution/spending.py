"""What a request costs its owner: asked for before anything is bought, told of afterwards."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from easel.access.authentication import Caller
from easel.billing.pricing import Work, price
from easel.errors import EaselError, OverBudgetError, TooFastError
from easel.generation.execution.context import Context
from easel.generation.planning.inputs import Inputs
from easel.generation.planning.plan import Plan
from easel.ledger.messages import Budget, Hold, Price
from easel.ledger.records import Spent
from easel.ledger.requests import hold
from easel.ledger.verdicts import RateLimited, Refused
from easel.platform.money import NANODOLLARS
from easel.settings.settings import Settings


def price_of(plan: Plan, inputs: Inputs | None, context: Context) -> Price:
    """What each image of a job costs, and the budgets that it counts against."""
    own, whole = _budgets(context.caller, context.settings)
    if not context.is_owners(plan.card.provider):
        return Price(None, is_counted=False)
    return Price(price(plan.card, work_of(plan, inputs), 1), own=own, whole=whole)


def work_of(plan: Plan, inputs: Inputs | None) -> Work:
    """What the price of each image of a job depends on."""
    card, native = plan.card, plan.native.size
    parameter = card.parameters.get("steps")
    steps = plan.parameters.get("steps", parameter.default if parameter else None)
    known = steps if isinstance(steps, int) else None
    if inputs is None or card.images is None:
        return Work(native, known)
    sent = [card.images.sent_size(image.facts.size, native) for image in inputs.images]
    return Work(native, known, sent)


def _budgets(caller: Caller, settings: Settings) -> tuple[Budget, Budget]:
    limits = caller.limits
    own = Budget(_nanodollars(limits.usd_per_day), limits.images_per_day)
    return own, Budget(_nanodollars(settings.budget_usd_per_day), settings.budget_images_per_day)


def _nanodollars(usd: float | None) -> int | None:
    return None if usd is None else int(Fraction(str(usd)) * NANODOLLARS)


async def hold_more(
    plan: Plan, images: int, spent: Sequence[Spent], inputs: Inputs | None, context: Context
) -> None:
    """See that the budget allows for another model than the request began with.

    Args:
        plan: what is asked of that model.
        images: how many it is to make.
        spent: what the request has cost so far.
        inputs: the caller's images.
        context: of the request.

    Raises:
        OverBudgetError: it does not.
    """
    asked = Hold(
        id=context.id,
        owner=context.caller.name,
        now=context.now(),
        started=context.started.timestamp(),
        spent=sum(one.nanodollars for one in spent),
        counted=sum(one.counted for one in spent),
        images=images,
        price=price_of(plan, inputs, context),
    )
    verdict = await context.services.ledger(hold, asked)
    if verdict is not None:
        raise refusal(verdict, context)


def spent_on(
    plan: Plan, made: int, failed: int, charged: int, nanodollars: int | None, context: Context
) -> Spent:
    """What one call cost the owner.

    Args:
        plan: what it was made for.
        made: how many images came of it.
        failed: how many did not.
        charged: for how many something may have been charged.
        nanodollars: what; None where nobody knows.
        context: of the request.
    """
    card = plan.card
    if not context.is_owners(card.provider):
        return Spent(card.provider, card.id, images=made, errors=failed)
    return Spent(
        card.provider,
        card.id,
        images=made,
        errors=failed,
        nanodollars=nanodollars or 0,
        unpriced=charged if nanodollars is None else 0,
        counted=charged,
    )


def by_model(*parts: Spent) -> tuple[Spent, ...]:
    """What was spent, with the parts of each model added up."""
    sums: dict[tuple[str, str], Spent] = {}
    for part in parts:
        name = (part.provider, part.model)
        known = sums.get(name, Spent(*name))
        sums[name] = Spent(
            *name,
            requests=known.requests + part.requests,
            images=known.images + part.images,
            errors=known.errors + part.errors,
            nanodollars=known.nanodollars + part.nanodollars,
            unpriced=known.unpriced + part.unpriced,
            counted=known.counted + part.counted,
        )
    return tuple(sums.values())


def refusal(verdict: Refused, context: Context) -> EaselError:
    """Why a request may not begin, in words."""
    until = verdict.until
    seconds = max(1.0, until - context.now())
    if isinstance(verdict, RateLimited):
        return TooFastError(
            "This key asks more often than its owner allows. Try again in a moment.",
            retry_after=seconds,
        )
    reset = f"It is renewed at {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC."
    match verdict.reason:
        case "unpriced":
            words = (
                "The owner's budget is in US dollars, and nobody knows what this model costs. Its "
                "owner allows for such models with BUDGET_IMAGES_PER_DAY."
            )
        case "own_usd" | "own_images":
            words = f"The budget that this key has for a day does not allow for it. {reset}"
        case _:
            words = f"The budget that this server has for a day does not allow for it. {reset}"
    return OverBudgetError(words, retry_after=None if verdict.reason == "unpriced" else seconds)
