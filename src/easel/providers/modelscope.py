"""ModelScope: each image is a task, which is polled until it ends and cannot be cancelled.

https://modelscope.cn/docs/model-service/API-Inference/intro
"""

from collections.abc import Collection

from easel.errors import (
    ContentRefusedError,
    EaselError,
    InvalidValueError,
    ModelGoneError,
    NotStartedError,
    QuotaExhaustedError,
)
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers.calls import fetch_json
from easel.providers.failures import FAILED_TASK, Rule, error_from_answer
from easel.providers.json_values import required_text, texts_in, value_at
from easel.providers.pictures import result_of
from easel.providers.polling import Pace, State, poll_until
from easel.providers.protocol import Attempt, Picture, Provider, Run

TITLE = "ModelScope"

_SENSITIVE = r"sensitive|inappropriate|data_inspection|违规|敏感"

RULES = (
    Rule((400, 403, 422), ContentRefusedError, words=_SENSITIVE),
    Rule((400,), ModelGoneError, sentence=r"Invalid model id\b.*"),
    # Calls are free up to a daily number in all, and of each model: then other models still work.
    # https://modelscope.cn/docs/model-service/API-Inference/limits
    Rule(
        (429,),
        QuotaExhaustedError,
        sentence=r"You have exceeded today's quota for model\b.*",
        wait=600,
        is_model_specific=True,
    ),
    Rule((429,), QuotaExhaustedError, sentence=r"You have exceeded today's quota\b.*"),
    Rule((500, 503), NotStartedError, sentence=r"(?:The )?server is busy\b.*"),
)

# The example in the documentation polls every five seconds.
PACE = Pace(first=0.5, second=1, longest=5, growth=1.6)

_SUBMIT_HEADERS = {"x-modelscope-async-mode": "true"}
_POLL_HEADERS = {"x-modelscope-task-type": "image_generation"}

# The difference from 1 that the sum of LoRA weights may have.
_ROUNDING = 0.001


def generate(attempt: Attempt) -> Run:
    """Make one image: submit a task, poll it, read its URL."""
    body = {"model": attempt.model, "prompt": attempt.prompt, **_parameters(attempt)}
    submit = HttpCall("POST", f"{attempt.base_url}/images/generations", _SUBMIT_HEADERS, body)
    task = yield from fetch_json(submit, TITLE, RULES)
    url = f"{attempt.base_url}/tasks/{required_text(task, 'task_id', TITLE)}"
    poll = HttpCall("GET", url, _POLL_HEADERS, buys=False)
    state = yield from poll_until(_is_done, poll, PACE, TITLE, RULES)
    if state["task_status"] == "FAILED":
        raise _failure(state)
    return result_of(map(Picture, texts_in(state.get("output_images"))), TITLE)


def _parameters(attempt: Attempt) -> dict[str, object]:
    """The parameters; a list or an object with a single entry is sent as that entry."""
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
    """The error of a failed task, read like an answer whose status is the code in `errors`.

    A code that does not refuse the request is a failure of the provider.
    """
    code = value_at(state, "errors", "code")
    status = code if isinstance(code, int) and code in (400, 422) else FAILED_TASK
    return error_from_answer(HttpAnswer(status, {}, dict(state)), TITLE, RULES)


PROVIDER = Provider(
    TITLE,
    generate,
    {"MODELSCOPE_BASE_URL": "https://api-inference.modelscope.cn/v1"},
    ("MODELSCOPE_API_KEY",),
)
