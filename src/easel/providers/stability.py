"""Stability AI's Stable Image: a form for each image, whose answer is the image itself.

https://platform.stability.ai/docs/api-reference
"""

import re

from easel.errors import (
    ContentRefusedError,
    InvalidValueError,
    NotStartedError,
    ProviderError,
    RateLimitedError,
)
from easel.platform.buffers import Buffer
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers.error_report import read_error
from easel.providers.failures import Rule, failure_of
from easel.providers.pictures import seed_from
from easel.providers.protocol import Attempt, Options, Picture, Provider, Result, Run

TITLE = "Stability AI"

RULES = (
    # Beyond 150 requests in 10 seconds, it takes none for a minute, and no header says so.
    Rule((429,), RateLimitedError, wait=60),
    # What fails costs nothing there.
    Rule((500,), NotStartedError, code="internal_error"),
)

# The one service that has several models and, with an image, another mode.
_SD3 = "generate/sd3"

# Its sentences begin with the field that they are about: "cfg_scale: must be at most 10".
_FIELD = re.compile(r"([a-z_]+): ")


class StabilityOptions(Options):
    """Where a model is served.

    Attributes:
        path: the service's path.
        ignores_prompt: whether the service takes no prompt.
    """

    path: str
    ignores_prompt: bool = False


def generate(attempt: Attempt) -> Run:
    """Make one image."""
    answer = yield HttpCall(
        "POST",
        f"{attempt.base_url}/v2beta/stable-image/{attempt.options_as(StabilityOptions).path}",
        headers={"accept": "image/*"},
        body=_body(attempt),
        encoding="form",
    )
    assert isinstance(answer, HttpAnswer)
    if answer.status != 200:
        error_report = read_error(answer)
        error = failure_of(error_report, TITLE, RULES)
        field = _FIELD.match(error_report.sentence)
        if isinstance(error, InvalidValueError) and field:
            error.param = field[1]
        raise error
    if answer.headers.get("finish-reason") == "CONTENT_FILTERED":
        raise ContentRefusedError(
            f"{TITLE} made the image, and blurred it because its moderation refused it.",
            param="prompt",
            billed=True,
        )
    if not isinstance(answer.body, Buffer):
        raise ProviderError(f"{TITLE} answered with something that is no image.")
    return Result([Picture(answer.body, seed=seed_from(answer.headers.get("seed")))])


def _body(attempt: Attempt) -> dict[str, object]:
    options, body = attempt.options_as(StabilityOptions), dict(attempt.parameters)
    if attempt.prompt and not options.ignores_prompt:
        body["prompt"] = attempt.prompt
    if options.path == _SD3:
        body["model"] = attempt.model
        if attempt.task == "edit":
            if "aspect_ratio" in body:
                raise InvalidValueError(
                    f"{attempt.model} gives an edited image the shape that it had. Leave it out.",
                    param="aspect_ratio",
                )
            body["mode"] = "image-to-image"
    return body


PROVIDER = Provider(
    TITLE,
    generate,
    {"STABILITY_BASE_URL": "https://api.stability.ai"},
    ("STABILITY_API_KEY",),
    options=StabilityOptions,
)
