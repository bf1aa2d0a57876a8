"""Workers AI: image models that Cloudflare runs, called through the `AI` binding.

https://developers.cloudflare.com/workers-ai/configuration/bindings/
"""

import re

from easel.errors import (
    ContentRefusedError,
    EaselError,
    EmptyResultError,
    InvalidImageError,
    ProviderError,
    ProviderTimeoutError,
    QuotaExhaustedError,
    RateLimitedError,
)
from easel.platform.buffers import Buffer, LongText
from easel.platform.calls import Abandoned, CallFailure, ModelCall, UpstreamFailure
from easel.providers.pictures import picture_from, text_of
from easel.providers.protocol import Attempt, Options, Picture, Provider, Result, Run

# Cloudflare names no time after which to come back; its own SDKs wait a few seconds.
_RETRY_AFTER = 5

# The binding's message begins with Cloudflare's internal code; names such as `AiError` may stand
# before it. Behind it, the message may repeat the prompt.
_NAMES = r"(?:\w{0,30}Error: ){0,3}"
_CODE = re.compile(rf"{_NAMES}(\d{{4}})\b")
# Of inputs that could not be read or processed: they say nothing of the model's health.
_OF_INPUTS = ("3003", "3006", "3030", "5004", "5006")
_TOO_MANY = re.compile(rf"{_NAMES}(?:429\b|too many requests)", re.I)

# How Cloudflare says that it has refused a prompt or an image, and what such a sentence holds.
_REFUSED = re.compile(
    rf"{_NAMES}(?:3030: )?{_NAMES}(?:input prompt contains nsfw|your \w+ has been flagged)", re.I
)
_UNSAFE = re.compile(r"nsfw|flagged", re.I)


class WorkersAiOptions(Options):
    """Options of the binding's call.

    Attributes:
        gateway: the AI Gateway that the call goes through, such as `{ id = "default" }`.
    """

    gateway: dict[str, str] | None = None


def generate(attempt: Attempt) -> Run:
    """Make one image: base64 or a URL inside JSON, or a stream of bytes, as the model has it."""
    inputs = {"prompt": attempt.prompt, **attempt.parameters}
    options = attempt.options_as(WorkersAiOptions).model_dump(exclude_none=True)
    try:
        answer = yield ModelCall(attempt.model, inputs, attempt.as_form, options)
    except (CallFailure, Abandoned):
        raise
    except UpstreamFailure as failure:
        raise error_from(str(failure)) from failure
    if isinstance(answer, Buffer):
        return Result([Picture(answer)])
    return Result([picture_from(_image_in(answer), "Workers AI")])


def error_from(message: str) -> EaselError:
    """Say what a failure of the binding means, by its internal code or by how it begins.

    Words that may be the prompt's decide no more than how a failure is named, not what it costs.
    https://developers.cloudflare.com/workers-ai/platform/errors/
    """
    match = _CODE.match(message)
    code = match[1] if match else None
    # 3030 also reports inputs that could not be processed.
    if code in (None, "3030") and _UNSAFE.search(message):
        return ContentRefusedError(
            "Workers AI refused the prompt or its result as unsafe. Change the prompt.",
            param="prompt",
            billed=_REFUSED.match(message) is None,
        )
    if code == "3010":
        return InvalidImageError(
            "Workers AI could not use an image of the request. Send a whole PNG or JPEG.",
            param="image",
        )
    if code == "3036":
        return QuotaExhaustedError(
            "The Workers AI account has used up its free allocation for today. It is renewed at "
            "00:00 UTC; a paid Workers plan lifts the limit."
        )
    if code == "3040" or _TOO_MANY.match(message):
        return RateLimitedError(
            "Workers AI has no capacity at the moment. Try again shortly.",
            retry_after=_RETRY_AFTER,
        )
    if code == "3007":
        return ProviderTimeoutError("Workers AI did not finish the image in time.")
    # Upstream's own words stay in the log: they may say more about the account than a caller
    # should know.
    known = f" (its error {code})" if code else ""
    error = ProviderError(f"Workers AI failed to make the image{known}.")
    error.fault = code not in _OF_INPUTS
    return error


def _image_in(answer: object) -> str | LongText:
    # What Workers AI passes on to others comes with a state around the result.
    result = answer.get("result", answer) if isinstance(answer, dict) else None
    image = text_of(result, "image")
    if image is None:
        raise EmptyResultError("Workers AI reported success but gave no image.")
    return image


PROVIDER = Provider("Workers AI", generate, options=WorkersAiOptions)
