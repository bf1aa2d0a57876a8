"""Fallback: generate the images with the first model of the chain that succeeds."""

import asyncio
from collections.abc import Sequence

from easel.errors import EaselError
from easel.generation.execution.batch import Batch, Outcome, make_batch
from easel.generation.execution.context import Context
from easel.generation.execution.model_inputs import prepare_inputs
from easel.generation.execution.spending import hold_more
from easel.generation.planning.fingerprints import fingerprint_images
from easel.generation.planning.inputs import Inputs
from easel.generation.planning.plan import Plan, attempt_for, batches
from easel.ledger.records import ModelUsage


async def execute_chain(plans: Sequence[Plan], inputs: Inputs | None, context: Context) -> Outcome:
    """Generate and store every image of a request.

    An image that one model fails to generate is attempted with the next model, if another provider
    may succeed where this one failed.

    Args:
        plans: one for each model of the chain; the ledger holds the cost of the first.
        inputs: the caller's images.
        context: the request's context.
    """
    total = Outcome()
    places = [*range(len(plans[0].seeds))]
    for index, plan in enumerate(plans):
        outcome = await _generate_with(
            plan, places, inputs, context, total.spent if index else None
        )
        total.add(outcome)
        places = [place for place, error in outcome.failed.items() if error.allows_fallback]
        if not places:
            break
    total.made.sort(key=lambda artifact: artifact.provenance.place)
    return total


def summarize_errors(failed: Sequence[EaselError]) -> EaselError:
    """The error that represents several: a billed one if there is one, else the last attempt's."""
    billed = next((error for error in failed if error.billed), None)
    if billed is not None:
        return billed
    # A model without a credential was not attempted.
    tried = [error for error in failed if error.code != "provider_key_missing"]
    return (tried or failed)[-1]


async def _generate_with(
    plan: Plan,
    places: Sequence[int],
    inputs: Inputs | None,
    context: Context,
    spent: Sequence[ModelUsage] | None,
) -> Outcome:
    """Generate images with one model, all batches at the same time.

    Args:
        plan: the model's plan.
        places: the images to generate, by their place in the request.
        inputs: the caller's images.
        context: the request's context.
        spent: the cost of the models before it; None for the first model.
    """
    name = plan.card.provider
    try:
        context.credentials(name)
        if spent is not None:
            await hold_more(plan, len(places), spent, inputs, context)
        prepared = await _prepare(plan, inputs, context)
    except EaselError as error:
        return Outcome.of_failure(error, places)
    fingerprints = await fingerprint_images(plan, inputs, context.services)
    base_urls = context.base_urls(name)
    total = Outcome()
    outcomes = await asyncio.gather(
        *(
            make_batch(
                Batch(
                    plan,
                    seeds,
                    attempt_for(plan, [*seeds.values()], prepared, base_urls),
                    inputs,
                    fingerprints,
                ),
                context,
            )
            for seeds in batches(plan.card, {place: plan.seeds[place] for place in places})
        )
    )
    for outcome in outcomes:
        total.add(outcome)
    return total


async def _prepare(plan: Plan, inputs: Inputs | None, context: Context) -> dict[str, object]:
    if inputs is None:
        return {}
    return await prepare_inputs(inputs, plan.card, plan.native.size, context.services)
