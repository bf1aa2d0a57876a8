"""Poll a task until it ends, for providers that answer with a task."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from easel.errors import EaselError, ProviderError
from easel.platform.buffers import JsonValue
from easel.platform.calls import Abandoned, CallFailure, HttpCall, UpstreamFailure
from easel.providers.calls import fetch_json
from easel.providers.failures import Rule
from easel.providers.protocol import Pause, Sent, Step

State = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Pace:
    """How often a task is polled. Each poll is one of the few requests that a Worker has.

    Attributes:
        first: seconds before the first poll.
        second: seconds before the second.
        longest: seconds between polls that the later pauses grow to.
        growth: the ratio of each of them to the one before.
        tolerated: how many polls in a row may fail before the task is given up.
    """

    first: float
    second: float
    longest: float
    growth: float = 1.5
    tolerated: int = 2


def poll_until(
    is_done: Callable[[State], bool],
    poll: HttpCall,
    pace: Pace,
    title: str,
    rules: Sequence[Rule] = (),
    *,
    cancel: HttpCall | None = None,
) -> Generator[Step, Sent, State]:
    """Poll a task until it is done, and return its last state.

    The task has begun, so an error here must not invite a retry or another credential: that would
    pay for the image twice.

    Args:
        is_done: whether a state is the last one.
        poll: the call that reads the state.
        pace: how often.
        title: the provider's name.
        rules: the provider's own rules for failures.
        cancel: the call that cancels the task when the job is given up.

    Raises:
        ProviderError: too many polls in a row failed.
    """
    pause, next_pause, failed = pace.first, pace.second, 0
    while True:
        try:
            yield Pause(pause)
            state = yield from fetch_json(poll, title, rules)
        except Abandoned:
            if cancel is not None:
                yield from cancel_task(cancel)
            raise
        except CallFailure:
            failed += 1
            if failed > pace.tolerated:
                raise
        except EaselError as error:
            failed += 1
            if failed > pace.tolerated:
                raise ProviderError(
                    f"The state of the task at {title} cannot be read. {error.message}"
                ) from error
        else:
            failed = 0
            if is_done(state):
                return state
        pause, next_pause = next_pause, min(next_pause * pace.growth, pace.longest)


def cancel_task(call: HttpCall) -> Generator[Step, Sent, None]:
    """Cancel a task. A failure to do so is ignored, because the job has ended already."""
    with suppress(UpstreamFailure):
        yield call
