"""Step four: run a provider's generator, giving it what it asks for."""

from typing import assert_never

from easel.providers.protocol import Attempt, Provider, RunModel, Step
from easel.world import Answer, Buffer, UpstreamFailure, World


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
        case RunModel(model, inputs):
            return await world.run_model(model, inputs)
        case _:
            assert_never(step)
