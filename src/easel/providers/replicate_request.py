"""What Replicate is sent, and what it finds fault with."""

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
from easel.providers.error_report import ErrorReport, clean_up, read_error
from easel.providers.failures import Rule, failure_of
from easel.providers.inputs import InputOptions, check_path, inputs_of
from easel.providers.pictures import text_of
from easel.providers.polling import State
from easel.providers.protocol import Attempt

TITLE = "Replicate"

# How long Replicate may hold the answer back for an image that is made at once. Until then easel
# does not know the prediction, and could not cancel it.
# https://replicate.com/docs/topics/predictions/create-a-prediction#sync-mode
_HEADERS = {"prefer": "wait=5"}

# What failed predictions say. Codes: https://replicate.com/docs/reference/error-codes; the short
# ones are those of models that Replicate calls elsewhere.
_FAILED = 500
_FAILURES = (
    Rule(
        (_FAILED,),
        NotStartedError,
        sentence=r"E(?:003|6716|9243)\b.*|Service is \w+ unavailable due to high demand\b.*",
        billed=False,
    ),
    Rule(
        (_FAILED,),
        ContentRefusedError,
        words=r"nsfw|sensitive|\bE005\b|flagged|safety|moderat|policy",
    ),
    Rule(
        (_FAILED,),
        InvalidImageError,
        words=r"cannot identify image|image (?:could not|failed to) load",
    ),
    Rule((_FAILED,), InvalidValueError, words=r"\bE006\b|invalid input"),
)

_THROTTLED = re.compile(r"resets in ~?(\d+)\s*s")
_INPUT = re.compile(r"\binput\.(\w+)")


def call_of(attempt: Attempt, version: str | None = None) -> HttpCall:
    """The call that begins a prediction.

    An official model runs as whatever version is its latest; any other one is named by a version.

    Raises:
        ModelGoneError: what the caller named is no model.
    """
    name, _, given = attempt.model.partition(":")
    version = version or given
    path = "/predictions" if version else f"/models/{check_path(name, TITLE)}/predictions"
    body: dict[str, object] = {"version": version} if version else {}
    body["input"] = inputs_of(attempt, attempt.options_as(InputOptions), count="num_outputs")
    return HttpCall("POST", attempt.base_url + path, headers=_HEADERS, body=body)


def refusal(answer: HttpAnswer) -> EaselError:
    """What an answer that is no prediction means."""
    error_report = read_error(answer)
    wait = _THROTTLED.search(error_report.sentence)
    return failure_of(
        replace(
            error_report,
            param=error_report.param or _param(answer, error_report),
            retry_after=float(wait[1]) if wait else error_report.retry_after,
        ),
        TITLE,
    )


def _param(answer: HttpAnswer, error_report: ErrorReport) -> str | None:
    """The input at fault: `invalid_fields` has it, or else the sentence."""
    fields = answer.body.get("invalid_fields") if isinstance(answer.body, dict) else None
    first = text_of(fields[0], "field") if isinstance(fields, list) and fields else None
    if isinstance(first, str):
        return first.rpartition(".")[2]
    match = _INPUT.search(error_report.sentence)
    return match[1] if match else None


def failure(prediction: State) -> EaselError:
    """What a prediction came to that gave nothing."""
    status = prediction.get("status")
    if status == "aborted":
        # It was ended before it began.
        return ProviderTimeoutError(f"{TITLE} did not begin in time.", billed=False)
    if status == "canceled":
        return ProviderError(f"{TITLE}: the prediction was cancelled.")
    error = text_of(prediction, "error")
    words = clean_up(error if isinstance(error, str) else "the prediction failed")
    return failure_of(ErrorReport(_FAILED, words), TITLE, _FAILURES)
