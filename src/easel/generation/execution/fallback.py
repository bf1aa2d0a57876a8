"""Step four: have the images made, by the first model of the chain that makes them."""

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
from easel.ledger.records import Spent


async def execute_chain(plans: Sequence[Plan], inputs: Inputs | None, context: Context) -> Outcome:
    """Have every image made and kept.

    What one model fails to make the next one is asked for, if the failure is the model's own.

    Args:
        plans: the request as a job for each model of the chain; the ledger knows what the first
            may cost.
        inputs: the caller's images.
        context: what the request has.
    """
    total = Outcome()
    places = [*range(len(plans[0].seeds))]
    for index, plan in enumerate(plans):
        outcome = await _make_with(plan, places, inputs, context, total.spent if index else None)
        total.add(outcome)
        places = [place for place, error in outcome.failed.items() if error.falls_over]
        if not places:
            break
    total.made.sort(key=lambda artifact: artifact.origin.place)
    return total


def most_informative(failed: Sequence[EaselError]) -> EaselError:
    """One error for all: it may have cost something if any of them may have."""
    told = next((error for error in failed if error.billed), None)
    if told is not None:
        return told
    # A model that nobody has a credential for says less than one that was tried.
    tried = [error for error in failed if error.code != "provider_key_missing"]
    return (tried or failed)[-1]


async def _make_with(
    plan: Plan,
    places: Sequence[int],
    inputs: Inputs | None,
    context: Context,
    spent: Sequence[Spent] | None,
) -> Outcome:
    """Make images with one model, all batches at once.

    Args:
        plan: what is asked of the model.
        places: which of the job's images are to be made.
        inputs: the caller's images.
        context: what the request has.
        spent: what other models have cost before; None for the first one.
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
    whole = Outcome()
    parts = await asyncio.gather(
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
    for part in parts:
        whole.add(part)
    return whole


async def _prepare(plan: Plan, inputs: Inputs | None, context: Context) -> dict[str, object]:
    if inputs is None:
        return {}
    return await prepare_inputs(inputs, plan.card, plan.native.size, context.services)
