"""ModelScope: every image is a task that is asked after until it is done.

https://modelscope.cn/docs/model-service/API-Inference/intro
"""

from collections.abc import Collection, Generator

from easel.errors import (
    ContentRefusedError,
    EaselError,
    EmptyResultError,
    InvalidValueError,
    ModelGoneError,
    NotStartedError,
    ProviderError,
    QuotaExhaustedError,
)
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers.calls import fetch_json
from easel.providers.failures import Rule, failure
from easel.providers.polling import Pace, State, until
from easel.providers.protocol import Attempt, Picture, Provider, Result, Run, Sent, Step

TITLE = "ModelScope"

_SENSITIVE = r"sensitive|inappropriate|data_inspection|违规|敏感"

RULES = (
    Rule((400, 403, 422), ContentRefusedError, words=_SENSITIVE),
    Rule((400,), ModelGoneError, sentence=r"Invalid model id\b.*"),
    # Calls are free, so many a day in all and so many of each model: the others go on.
    # https://modelscope.cn/docs/model-service/API-Inference/limits
    Rule(
        (429,),
        QuotaExhaustedError,
        sentence=r"You have exceeded today's quota for model\b.*",
        wait=600,
        of_model=True,
    ),
    Rule((429,), QuotaExhaustedError, sentence=r"You have exceeded today's quota\b.*"),
    Rule((500, 503), NotStartedError, sentence=r"(?:The )?server is busy\b.*"),
)

# The documentation's own example asks every five seconds.
PACE = Pace(first=0.5, then=1, longest=5, growth=1.6)

_ASYNC = {"x-modelscope-async-mode": "true"}
_ASK = {"x-modelscope-task-type": "image_generation"}

# A task that failed may say with which status; what it says with another one is no caller's fault.
_REFUSALS = (400, 422)
_FAULT = 500

_ROUNDING = 0.001


def generate(attempt: Attempt) -> Run:
    """Make one image: begin a task, and ask after it. A task cannot be cancelled."""
    url = yield from _begin(attempt)
    call = HttpCall("GET", url, headers=_ASK, buys=False)
    state = yield from until(_is_done, call, PACE, TITLE, RULES)
    if state["task_status"] != "SUCCEED":
        raise _failure(state)
    images = state.get("output_images")
    urls = [url for url in images if isinstance(url, str)] if isinstance(images, list) else []
    if not urls:
        raise EmptyResultError(f"{TITLE} reported success but gave no image.")
    return Result([Picture(url) for url in urls])


def _begin(attempt: Attempt) -> Generator[Step, Sent, str]:
    """Begin a task and return its URL."""
    body = {"model": attempt.model, "prompt": attempt.prompt, **_parameters(attempt)}
    task = yield from fetch_json(
        HttpCall("POST", f"{attempt.base_url}/images/generations", _ASYNC, body), TITLE, RULES
    )
    name = task.get("task_id")
    if not isinstance(name, str):
        raise ProviderError(f"{TITLE} did not say which task it began.")
    return f"{attempt.base_url}/tasks/{name}"


def _parameters(attempt: Attempt) -> dict[str, object]:
    """The parameters; what there is one of is sent alone."""
    parameters = dict(attempt.parameters)
    images, loras = parameters.get("image_url"), parameters.get("loras")
    if isinstance(images, list) and len(images) == 1:
        parameters["image_url"] = images[0]
    if isinstance(loras, dict):
        if not _sum_to_one(loras.values()):
            raise InvalidValueError(
                "Invalid value for 'loras': expected weights by name that add up to 1.",
                param="loras",
            )
        parameters["loras"] = next(iter(loras)) if len(loras) == 1 else loras
    return parameters


def _sum_to_one(weights: Collection[object]) -> bool:
    numbers = [one for one in weights if isinstance(one, (int, float)) and one is not True]
    return len(numbers) == len(weights) and abs(sum(numbers) - 1) < _ROUNDING


def _is_done(state: State) -> bool:
    return state.get("task_status") in ("SUCCEED", "FAILED")


def _failure(state: State) -> EaselError:
    """What a failed task says is what an answer of the status in its `errors` would say."""
    errors = state.get("errors")
    code = errors.get("code") if isinstance(errors, dict) else None
    status = code if isinstance(code, int) and code in _REFUSALS else _FAULT
    return failure(HttpAnswer(status, {}, dict(state)), TITLE, RULES)


PROVIDER = Provider(
    TITLE,
    generate,
    {"MODELSCOPE_BASE_URL": "https://api-inference.modelscope.cn/v1"},
    ("MODELSCOPE_API_KEY",),
)
