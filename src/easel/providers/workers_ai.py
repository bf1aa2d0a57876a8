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
from easel.handles import Buffer, LongText
from easel.providers.pictures import picture_from, text_of
from easel.providers.protocol import Attempt, Picture, Result, Run
from easel.upstream import Abandoned, CallFailure, ModelCall, UpstreamFailure

# Cloudflare names no time after which to come back; its own SDKs wait a few seconds.
_RETRY_AFTER = 5

# The binding's message begins with Cloudflare's internal code; a name may stand before it.
_CODE = re.compile(r"(?:^|: )(\d{4})\b")


def generate(attempt: Attempt) -> Run:
    """Make one image: base64 or a URL inside JSON, or a stream of bytes, as the model has it."""
    inputs = {"prompt": attempt.prompt, **attempt.parameters}
    try:
        answer = yield ModelCall(attempt.model, inputs, attempt.as_form, attempt.options)
    except (CallFailure, Abandoned):
        raise
    except UpstreamFailure as failure:
        raise error_from(str(failure)) from failure
    if isinstance(answer, Buffer):
        return Result([Picture(answer)])
    return Result([picture_from(_image_in(answer), "Workers AI")])


def error_from(message: str) -> EaselError:
    """Say what a failure of the binding means, by its internal code first and its words second.

    https://developers.cloudflare.com/workers-ai/platform/errors/
    """
    match = _CODE.search(message)
    code = match[1] if match else None
    words = message.lower()
    # 3030 also reports inputs that could not be processed, so the words decide.
    if code in (None, "3030") and ("nsfw" in words or "flagged" in words):
        return ContentRefusedError(
            "Workers AI refused the prompt or its result as unsafe. Change the prompt.",
            param="prompt",
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
    if code == "3040" or (code is None and ("429" in words or "too many requests" in words)):
        return RateLimitedError(
            "Workers AI has no capacity at the moment. Try again shortly.",
            retry_after=_RETRY_AFTER,
        )
    if code == "3007":
        return ProviderTimeoutError("Workers AI did not finish the image in time.")
    # Upstream's own words stay in the log: they may say more about the account than a caller
    # should know.
    known = f" (its error {code})" if code else ""
    return ProviderError(f"Workers AI failed to make the image{known}.")


def _image_in(answer: object) -> str | LongText:
    # What Workers AI passes on to others comes with a state around the result.
    result = answer.get("result", answer) if isinstance(answer, dict) else None
    image = text_of(result, "image")
    if image is None:
        raise EmptyResultError("Workers AI reported success but gave no image.")
    return image
