"""RunwayML: each image is a task, which is polled until it ends.

https://docs.dev.runwayml.com/api/
"""

from easel.errors import (
    ContentRefusedError,
    EaselError,
    InvalidImageError,
    NotStartedError,
    ProviderError,
    QuotaExhaustedError,
    UnavailableError,
)
from easel.platform.calls import HttpCall
from easel.providers.calls import fetch_json
from easel.providers.failures import FAILED_TASK, Rule, error_from_task
from easel.providers.json_values import required_text, text_at, texts_in, value_at
from easel.providers.money import usd
from easel.providers.pictures import result_of
from easel.providers.polling import Pace, State, poll_until
from easel.providers.protocol import Attempt, Picture, Provider, Run
from easel.providers.runway_request import RunwayOptions, body_of, read_error

TITLE = "RunwayML"

# A lack of credits is a 400 without a code there; a 504 is an overload.
# https://docs.dev.runwayml.com/errors/errors/
RULES = (
    Rule(
        (400,),
        QuotaExhaustedError,
        sentence=r"You do not have enough credits to run this task\.?",
    ),
    Rule((504,), UnavailableError),
)

# The first words of a failed task's code have a meaning; the others are for diagnosis only.
# https://docs.dev.runwayml.com/errors/task-failures/
FAILED_RULES = (
    Rule((FAILED_TASK,), ContentRefusedError, code=r"^(?:INPUT_PREPROCESSING\.)?SAFETY\b"),
    Rule((FAILED_TASK,), InvalidImageError, code=r"^(?:INPUT_PREPROCESSING|ASSET)\b"),
)
# A task that was not billed may be submitted again after this failure.
_NOT_STARTED = Rule((FAILED_TASK,), NotStartedError, code=r"^INTERNAL\b")

# The documentation asks for five seconds between polls. The first finds what is refused at once.
PACE = Pace(first=0.5, second=5, longest=10, growth=1.2)

# https://docs.dev.runwayml.com/guides/pricing/
_CREDITS_PER_USD = 100


def generate(attempt: Attempt) -> Run:
    """Make images: submit a task, poll it, read its URLs."""
    submit = HttpCall("POST", f"{attempt.base_url}/v1/text_to_image", body=body_of(attempt))
    task = yield from fetch_json(submit, TITLE, RULES, read_error=read_error)
    url = f"{attempt.base_url}/v1/tasks/{required_text(task, 'id', TITLE)}"
    poll, cancel = HttpCall("GET", url, buys=False), HttpCall("DELETE", url, buys=False)
    state = yield from poll_until(_is_done, poll, PACE, TITLE, RULES, cancel=cancel)
    if state["status"] != "SUCCEEDED":
        raise _failure(state)
    charged = usd(value_at(state, "cost", "credits"), per_usd=_CREDITS_PER_USD)
    return result_of(map(Picture, texts_in(state.get("output"))), TITLE, usd=charged)


def _is_done(state: State) -> bool:
    return state.get("status") in ("SUCCEEDED", "FAILED", "CANCELLED")


def _failure(state: State) -> EaselError:
    """The error of a task without a result, which says what it cost."""
    billed = value_at(state, "cost", "credits") != 0
    if state["status"] == "CANCELLED":
        return ProviderError(f"{TITLE}: the task was cancelled.", billed=billed)
    rules = FAILED_RULES if billed else (*FAILED_RULES, _NOT_STARTED)
    sentence, code = text_at(state, "failure"), text_at(state, "failureCode")
    error = error_from_task(sentence, TITLE, rules, code=code, billed=billed)
    if isinstance(error, InvalidImageError):
        error.param = "image"
    return error


PROVIDER = Provider(
    TITLE,
    generate,
    {"RUNWAY_BASE_URL": "https://api.dev.runwayml.com"},
    ("RUNWAYML_API_SECRET",),
    headers={"x-runway-version": "2024-11-06"},
    options=RunwayOptions,
)
