"""Stability AI's Stable Image: the request is a form, the answer is the image itself.

https://platform.stability.ai/docs/api-reference
"""

import re
from dataclasses import replace

from easel.errors import ContentRefusedError, NotStartedError, ProviderError, RateLimitedError
from easel.platform.buffers import Buffer
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers import error_report
from easel.providers.calls import fetch
from easel.providers.error_report import ErrorReport
from easel.providers.failures import Rule
from easel.providers.inputs import refuse_aspect_ratio
from easel.providers.pictures import seed_from
from easel.providers.protocol import Attempt, Options, Picture, Provider, Result, Run

TITLE = "Stability AI"
RULES = (
    # Above 150 requests in 10 seconds, all are refused for a minute; no header says so.
    Rule((429,), RateLimitedError, wait=60),
    # A failure costs nothing there.
    Rule((500,), NotStartedError, code="internal_error"),
)

# The only service that has several models, and an own mode for requests with an image.
_SD3 = "generate/sd3"

# Sentences begin with the field that they are about: "cfg_scale: must be at most 10".
_FIELD = re.compile(r"([a-z_]+): ")


class StabilityOptions(Options):
    """The service that makes a model's images.

    Attributes:
        path: the service's path.
        ignores_prompt: whether the service takes no prompt.
    """

    path: str
    ignores_prompt: bool = False


def generate(attempt: Attempt) -> Run:
    """Make one image."""
    options = attempt.options_as(StabilityOptions)
    call = HttpCall(
        "POST",
        f"{attempt.base_url}/v2beta/stable-image/{options.path}",
        headers={"accept": "image/*"},
        body=_body(attempt, options),
        encoding="form",
    )
    answer = yield from fetch(call, TITLE, RULES, read_error=_read_error)
    if answer.headers.get("finish-reason") == "CONTENT_FILTERED":
        raise ContentRefusedError(
            f"{TITLE} made the image and blurred it, because its moderation refused it.",
            param="prompt",
            billed=True,
        )
    if not isinstance(answer.body, Buffer):
        raise ProviderError(f"{TITLE} sent an answer that is not an image.")
    return Result([Picture(answer.body, seed_from(answer.headers.get("seed")))])


def _body(attempt: Attempt, options: StabilityOptions) -> dict[str, object]:
    body = dict(attempt.parameters)
    if attempt.prompt and not options.ignores_prompt:
        body["prompt"] = attempt.prompt
    if options.path == _SD3:
        body["model"] = attempt.model
        if attempt.task == "edit":
            refuse_aspect_ratio(attempt)
            body["mode"] = "image-to-image"
    return body


def _read_error(answer: HttpAnswer) -> ErrorReport:
    report = error_report.read_error(answer)
    field = _FIELD.match(report.sentence)
    return replace(report, param=field[1]) if field else report


PROVIDER = Provider(
    TITLE,
    generate,
    {"STABILITY_BASE_URL": "https://api.stability.ai"},
    ("STABILITY_API_KEY",),
    options=StabilityOptions,
)
