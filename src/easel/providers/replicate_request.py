"""Replicate's requests and its errors."""

import re
from dataclasses import replace

from easel.errors import (
    ContentRefusedError,
    EaselError,
    InvalidImageError,
    InvalidValueError,
    NotStartedError,
    ProviderError,
    ProviderTimeoutError,
)
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers import error_report
from easel.providers.error_report import ErrorReport
from easel.providers.failures import FAILED_TASK, Rule, error_from_task
from easel.providers.inputs import InputOptions, check_path, inputs_of
from easel.providers.json_values import text_at
from easel.providers.polling import State
from easel.providers.protocol import Attempt

TITLE = "Replicate"

# Seconds for which Replicate may hold back the answer until the image is there. Until the answer
# easel does not know the prediction, and cannot cancel it.
# https://replicate.com/docs/topics/predictions/create-a-prediction#sync-mode
_HEADERS = {"prefer": "wait=5"}

# The sentences of failed predictions. Codes: https://replicate.com/docs/reference/error-codes; the
# short ones come from models that run elsewhere.
FAILED_RULES = (
    Rule(
        (FAILED_TASK,),
        NotStartedError,
        sentence=r"E(?:003|6716|9243)\b.*|Service is \w+ unavailable due to high demand\b.*",
        billed=False,
    ),
    Rule(
        (FAILED_TASK,),
        ContentRefusedError,
        words=r"nsfw|sensitive|\bE005\b|flagged|safety|moderat|policy",
    ),
    Rule(
        (FAILED_TASK,),
        InvalidImageError,
        words=r"cannot identify image|image (?:could not|failed to) load",
    ),
    Rule((FAILED_TASK,), InvalidValueError, words=r"\bE006\b|invalid input"),
)

_THROTTLED = re.compile(r"resets in ~?(\d+)\s*s")
_INPUT = re.compile(r"\binput\.(\w+)")


def call_of(attempt: Attempt, version: str | None = None) -> HttpCall:
    """The call that creates a prediction, by the name of the model or by a version.

    Raises:
        ModelGoneError: the name cannot be one of a model.
    """
    name, _, given = attempt.model.partition(":")
    version = version or given
    path = "/predictions" if version else f"/models/{check_path(name, TITLE)}/predictions"
    body: dict[str, object] = {"version": version} if version else {}
    body["input"] = inputs_of(attempt, attempt.options_as(InputOptions), count="num_outputs")
    return HttpCall("POST", attempt.base_url + path, headers=_HEADERS, body=body)


def read_error(answer: HttpAnswer) -> ErrorReport:
    """Read an error, whose sentence may name the time to wait and the input at fault."""
    report = error_report.read_error(answer)
    wait, named = _THROTTLED.search(report.sentence), _INPUT.search(report.sentence)
    field = text_at(answer.body, "invalid_fields", 0, "field").rpartition(".")[2]
    return replace(
        report,
        param=report.param or field or (named and named[1]),
        retry_after=float(wait[1]) if wait else report.retry_after,
    )


def failure(prediction: State) -> EaselError:
    """The error of a prediction without an image."""
    status = prediction.get("status")
    if status == "aborted":
        # Replicate ends a prediction so before it starts.
        return ProviderTimeoutError(f"{TITLE} did not start in time.", billed=False)
    if status == "canceled":
        return ProviderError(f"{TITLE}: the prediction was cancelled.")
    return error_from_task(text_at(prediction, "error"), TITLE, FAILED_RULES)
