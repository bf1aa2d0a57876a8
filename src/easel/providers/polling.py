"""Ask how a task stands until it is done, for providers that answer with a task."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from easel.errors import EaselError, ProviderError
from easel.platform.buffers import JsonValue
from easel.platform.calls import CallFailure, HttpCall, UpstreamFailure
from easel.providers.calls import fetch_json
from easel.providers.failures import Rule
from easel.providers.protocol import Pause, Sent, Step

State = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Pace:
    """How often a provider is asked.

    Attributes:
        first: seconds before it is asked for the first time.
        then: seconds before the second time.
        longest: what the later waits grow to.
        growth: how much longer each of them is than the one before.
        forgives: how many times in a row asking may fail before the task is given up.
    """

    first: float
    then: float
    longest: float
    growth: float = 1.5
    forgives: int = 2


def until(
    done: Callable[[State], bool],
    call: HttpCall,
    pace: Pace,
    title: str,
    rules: Sequence[Rule] = (),
) -> Generator[Step, Sent, State]:
    """Ask again and again; one bad answer is not the end of a task.

    The work has begun by now, so what goes wrong here must not look as if another credential, or
    a better moment, might do: to begin again would be to pay twice.

    Args:
        done: whether a state is the last.
        call: asks for the state.
        pace: how often.
        title: the provider's name.
        rules: the provider's own.

    Raises:
        ProviderError: the provider no longer says how the task stands.
    """
    wait, later, failed = pace.first, pace.then, 0
    while True:
        yield Pause(wait)
        wait, later = later, min(later * pace.growth, pace.longest)
        try:
            state = yield from fetch_json(call, title, rules)
        except CallFailure:
            failed += 1
            if failed > pace.forgives:
                raise
        except EaselError as error:
            failed += 1
            if failed > pace.forgives:
                raise ProviderError(
                    f"{title} no longer tells how its task stands. {error.message}"
                ) from error
        else:
            failed = 0
            if done(state):
                return state


def cancel(call: HttpCall) -> Generator[Step, Sent, None]:
    """Tell a provider that nobody waits for its task; whether it hears makes no difference."""
    with suppress(UpstreamFailure):
        yield call
