"""RunwayML: every image is a task that is asked after until it is done.

https://docs.dev.runwayml.com/api/
"""

import re
from collections.abc import Generator, Mapping

from easel.errors import (
    ContentRefusedError,
    EaselError,
    EmptyResultError,
    InvalidImageError,
    NotStartedError,
    ProviderError,
    QuotaExhaustedError,
    UnavailableError,
)
from easel.platform.buffers import JsonValue
from easel.platform.calls import Abandoned, HttpAnswer, HttpCall
from easel.providers.error_report import clean_up
from easel.providers.failures import Rule, failure_of
from easel.providers.money import usd
from easel.providers.polling import Pace, State, cancel, until
from easel.providers.protocol import Attempt, Picture, Provider, Result, Run, Sent, Step
from easel.providers.runway_request import RunwayOptions, body_of, error_report_of

TITLE = "RunwayML"

# That credits have run out is a 400 there, without a code; a 504 is an overload.
# https://docs.dev.runwayml.com/errors/errors/
RULES = (
    Rule(
        (400,),
        QuotaExhaustedError,
        sentence=r"You do not have enough credits to run this task\.?",
    ),
    Rule((504,), UnavailableError),
)

# It wants five seconds between polls. The first is for what is refused or made at once.
PACE = Pace(first=0.5, then=5, longest=10, growth=1.2)

# Its units. https://docs.dev.runwayml.com/guides/pricing/
_CREDITS_OF_A_DOLLAR = 100

# What the beginning of a failed task's code means; the end is for diagnosis only.
# https://docs.dev.runwayml.com/errors/task-failures/
_FAILURES: Mapping[str, type[EaselError]] = {
    r"(INPUT_PREPROCESSING\.)?SAFETY\b": ContentRefusedError,
    r"(INPUT_PREPROCESSING|ASSET)\b": InvalidImageError,
}

# What a task may be begun again after, where it cost nothing.
_OWN_FAULT = re.compile(r"INTERNAL\b")


def generate(attempt: Attempt) -> Run:
    """Make images: begin a task, ask after it, and cancel it where nobody waits any more."""
    url = yield from _begin(attempt)
    try:
        state = yield from until(_is_done, HttpCall("GET", url, buys=False), PACE, TITLE, RULES)
    except Abandoned:
        yield from cancel(HttpCall("DELETE", url, buys=False))
        raise
    if state["status"] != "SUCCEEDED":
        raise _failure(state)
    output = state.get("output")
    urls = [url for url in output if isinstance(url, str)] if isinstance(output, list) else []
    if not urls:
        raise EmptyResultError(f"{TITLE} reported success but gave no image.")
    charged = usd(_credits(state), of_a_dollar=_CREDITS_OF_A_DOLLAR)
    return Result([Picture(url) for url in urls], usd=charged)


def _begin(attempt: Attempt) -> Generator[Step, Sent, str]:
    """Begin a task and return its URL."""
    call = HttpCall("POST", f"{attempt.base_url}/v1/text_to_image", body=body_of(attempt))
    answer = yield call
    assert isinstance(answer, HttpAnswer)
    if not 200 <= answer.status < 300:
        raise failure_of(error_report_of(answer), TITLE, RULES)
    task = answer.body.get("id") if isinstance(answer.body, dict) else None
    if not isinstance(task, str):
        raise ProviderError(f"{TITLE} did not say which task it began.")
    return f"{attempt.base_url}/v1/tasks/{task}"


def _is_done(state: State) -> bool:
    return state.get("status") in ("SUCCEEDED", "FAILED", "CANCELLED")


def _credits(state: State) -> JsonValue:
    """What a task that has ended says that it cost."""
    cost = state.get("cost")
    return cost.get("credits") if isinstance(cost, dict) else None


def _failure(state: State) -> EaselError:
    """What a task came to that gave nothing: it says what it cost."""
    billed = _credits(state) != 0
    if state["status"] == "CANCELLED":
        return ProviderError(f"{TITLE}: the task was cancelled.", billed=billed)
    code, words = str(state.get("failureCode") or ""), clean_up(str(state.get("failure") or ""))
    message = f"{TITLE}: {words or 'the task failed'}"
    for pattern, means in _FAILURES.items():
        if re.match(pattern, code):
            param = "prompt" if means is ContentRefusedError else "image"
            return means(message, param=param, billed=billed)
    if _OWN_FAULT.match(code) and not billed:
        return NotStartedError(message, billed=False)
    return ProviderError(message, billed=billed)


PROVIDER = Provider(
    TITLE,
    generate,
    {"RUNWAY_BASE_URL": "https://api.dev.runwayml.com"},
    ("RUNWAYML_API_SECRET",),
    headers={"x-runway-version": "2024-11-06"},
    options=RunwayOptions,
)
