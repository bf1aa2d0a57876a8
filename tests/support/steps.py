"""A driver for tests of a provider's generator."""

from collections.abc import Sequence

from easel.providers.protocol import Attempt, Generate, Pause, Result, Sent


def run(
    generate: Generate, attempt: Attempt, answers: Sequence[Sent | Exception]
) -> tuple[list[object], Result]:
    """Run a generator with these answers; return its steps, without pauses, and its result."""
    steps: list[object] = []
    left = [*answers]
    generator = generate(attempt)
    step = next(generator)
    while True:
        try:
            if isinstance(step, Pause):
                step = generator.send(None)
                continue
            steps.append(step)
            if isinstance(answer := left.pop(0), Exception):
                step = generator.throw(answer)
            else:
                step = generator.send(answer)
        except StopIteration as finished:
            result: Result = finished.value
            return steps, result
