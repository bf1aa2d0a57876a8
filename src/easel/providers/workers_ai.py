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
from easel.platform.buffers import Buffer
from easel.platform.calls import Abandoned, CallFailure, ModelCall, UpstreamFailure
from easel.providers.json_values import first_text
from easel.providers.pictures import picture_from
from easel.providers.protocol import Attempt, Options, Picture, Provider, Result, Run

TITLE = "Workers AI"

# Seconds. Cloudflare names no time for the next attempt; its own SDKs wait a few seconds.
_RETRY_AFTER = 5

# The binding's message begins with Cloudflare's internal code, after names such as `AiError`. The
# rest of the message may repeat the prompt.
_NAMES = r"(?:\w{0,30}Error: ){0,3}"
_CODE = re.compile(rf"{_NAMES}(\d{{4}})\b")
# Codes of inputs that could not be read or processed: they say nothing about the model's health.
_OF_INPUTS = ("3003", "3006", "3030", "5004", "5006")
_TOO_MANY = re.compile(rf"{_NAMES}(?:429\b|too many requests)", re.I)

# Cloudflare's own sentences for a refused prompt or image, and the words in any such sentence.
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
    """Make one image: the answer has it as base64 or a URL inside JSON, or is its bytes."""
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
    # The answers of models that Cloudflare does not run itself wrap the image in `result`.
    result = answer.get("result", answer) if isinstance(answer, dict) else None
    image = first_text(result, "image")
    if image is None:
        raise EmptyResultError(f"{TITLE} reported success but sent no image.")
    return Result([picture_from(image, TITLE)])


def error_from(message: str) -> EaselError:
    """The error that a failure of the binding means, by its internal code or its first words.

    Words that may come from the prompt decide how a failure is named, but not whether it is billed.
    https://developers.cloudflare.com/workers-ai/platform/errors/
    """
    match = _CODE.match(message)
    code = match[1] if match else None
    # 3030 also reports inputs that could not be processed.
    if code in (None, "3030") and _UNSAFE.search(message):
        return ContentRefusedError(
            f"{TITLE} refused the prompt or its result as unsafe. Change the prompt.",
            param="prompt",
            billed=_REFUSED.match(message) is None,
        )
    if code == "3010":
        return InvalidImageError(
            f"{TITLE} could not read an image of the request. Send a complete PNG or JPEG.",
            param="image",
        )
    if code == "3036":
        return QuotaExhaustedError(
            f"The {TITLE} account has used up its free allocation for today. It is renewed at "
            "00:00 UTC; a paid Workers plan lifts the limit."
        )
    if code == "3040" or _TOO_MANY.match(message):
        return RateLimitedError(
            f"{TITLE} has no capacity at the moment. Try again shortly.", retry_after=_RETRY_AFTER
        )
    if code == "3007":
        return ProviderTimeoutError(f"{TITLE} did not finish the image in time.")
    # The message itself stays in the log: it may reveal details of the account.
    known = f" (its error {code})" if code else ""
    error = ProviderError(f"{TITLE} failed to make the image{known}.")
    error.fault = code not in _OF_INPUTS
    return error


PROVIDER = Provider(TITLE, generate, options=WorkersAiOptions)
