"""A task is polled until it ends."""

from collections.abc import Callable, Generator

import pytest

from easel.errors import ProviderError
from easel.platform.calls import Abandoned, CallFailure, HttpAnswer, HttpCall
from easel.providers.polling import Pace, State, poll_until
from easel.providers.protocol import Pause, Sent, Step

POLL = HttpCall("GET", "https://api.example/tasks/1", buys=False)
CANCEL = HttpCall("DELETE", "https://api.example/tasks/1", buys=False)
PACE = Pace(first=0.5, second=2, longest=5, growth=2)
WORKING = HttpAnswer(200, {}, {"state": "working"})
DONE = HttpAnswer(200, {}, {"state": "done"})
BROKEN = HttpAnswer(500, {}, "oops")
LOST = CallFailure("lost", "reset")


def is_done(state: State) -> bool:
    return state["state"] == "done"


def poll(*answers: HttpAnswer | CallFailure) -> tuple[list[float], State]:
    """Poll with these answers in turn; return the waits and the final state."""
    steps, waits = poll_until(is_done, POLL, PACE, "Example"), []
    step: Step = next(steps)
    try:
        for answer in answers:
            assert isinstance(step, Pause)
            waits.append(step.seconds)
            assert steps.send(None) == POLL
            step = steps.throw(answer) if isinstance(answer, CallFailure) else steps.send(answer)
    except StopIteration as finished:
        return waits, finished.value
    raise AssertionError("it polls again")


def test_polling_returns_the_final_state() -> None:
    assert poll(DONE) == ([0.5], {"state": "done"})


def test_the_waits_between_polls_grow_up_to_a_limit() -> None:
    waits, _ = poll(*[WORKING] * 5, DONE)
    assert waits == [0.5, 2, 4, 5, 5, 5]


def test_two_failed_polls_in_a_row_are_tolerated() -> None:
    _, state = poll(BROKEN, LOST, WORKING, LOST, BROKEN, DONE)
    assert state == {"state": "done"}


def test_a_third_failed_poll_is_an_error_that_is_not_retried() -> None:
    limited = HttpAnswer(429, {}, {"error": "slow down"})
    with pytest.raises(ProviderError, match="slow down") as caught:
        poll(BROKEN, limited, limited)
    assert type(caught.value) is ProviderError
    assert not caught.value.should_retry


def test_a_connection_that_stays_lost_raises_its_own_failure() -> None:
    with pytest.raises(CallFailure):
        poll(LOST, LOST, LOST)


def test_an_answer_that_is_not_a_json_object_is_a_failed_poll() -> None:
    _, state = poll(HttpAnswer(200, {}, "a page"), DONE)
    assert state == {"state": "done"}


def test_an_abandoned_task_is_not_polled_again() -> None:
    steps = poll_until(is_done, POLL, PACE, "Example")
    next(steps)
    with pytest.raises(Abandoned):
        steps.throw(Abandoned("deadline"))


@pytest.mark.parametrize(
    "reply",
    [lambda steps: steps.send(HttpAnswer(404, {}, {})), lambda steps: steps.throw(LOST)],
    ids=["refused", "lost"],
)
def test_an_abandoned_task_is_cancelled_and_a_failed_cancellation_is_ignored(
    reply: Callable[[Generator[Step, Sent, State]], Step],
) -> None:
    steps = poll_until(is_done, POLL, PACE, "Example", cancel=CANCEL)
    next(steps)
    assert steps.throw(Abandoned("left")) == CANCEL
    with pytest.raises(Abandoned):
        reply(steps)
