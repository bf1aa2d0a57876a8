"""Recraft: raster images and drawings, made in one call that is answered with their URLs.

https://www.recraft.ai/docs/api-reference/endpoints
https://www.recraft.ai/docs/api-reference/image-inputs-and-results
"""

from easel.errors import (
    MissingParameterError,
    ProviderError,
    QuotaExhaustedError,
    UnsupportedParameterError,
)
from easel.platform.buffers import JsonValue
from easel.platform.calls import HttpCall
from easel.providers.calls import fetch_json
from easel.providers.failures import Rule
from easel.providers.inputs import refuse_aspect_ratio
from easel.providers.json_values import first_text, text_at
from easel.providers.money import usd
from easel.providers.pictures import result_of
from easel.providers.protocol import Attempt, Options, Picture, Provider, Run

TITLE = "Recraft"

_NO_CREDIT = r"(?:not enough|insufficient) (?:credits?|balance|api units?)[.!]?"

# The documentation names two failures; the others are texts. Units are what Recraft sells.
# https://www.recraft.ai/docs/api-reference/error-handling
RULES = (
    Rule((404,), ProviderError, sentence="404 page not found", billed=False),
    Rule((400, 403, 422, 429), QuotaExhaustedError, code=r"credits?|balance|api_units?"),
    Rule((400, 403, 422, 429), QuotaExhaustedError, sentence=_NO_CREDIT),
)

# Recraft's names of the parameters that easel names itself.
_NAMES = {"output_format": "image_format", "aspect_ratio": "size"}

# https://www.recraft.ai/docs/api-reference/pricing
_CREDITS_PER_USD = 1000


class RecraftOptions(Options):
    """The service that makes the image.

    Attributes:
        path: the path of a service that is not a model. It takes neither a prompt nor a number of
            images.
    """

    path: str | None = None


def generate(attempt: Attempt) -> Run:
    """Make images with one call."""
    body = {_NAMES.get(name, name): value for name, value in attempt.parameters.items()}
    body["response_format"] = "url"
    path = attempt.options_as(RecraftOptions).path
    if path is None:
        path = "/images/generations" if attempt.task == "generate" else _edit_path(attempt)
        body |= {"model": attempt.model, "prompt": attempt.prompt, "n": attempt.count}
    if attempt.task != "generate":
        # An edit has no size there. easel resizes the image that it receives.
        body.pop("size", None)
    call = HttpCall("POST", f"{attempt.base_url}{path}", body=body)
    answer = yield from fetch_json(call, TITLE, RULES)
    # Models answer with a list, other services with one image.
    data = answer.get("data")
    items = data if isinstance(data, list) else [answer.get("image")]
    charged = usd(answer.get("credits"), per_usd=_CREDITS_PER_USD)
    return result_of(filter(None, map(_picture, items)), TITLE, usd=charged)


def _edit_path(attempt: Attempt) -> str:
    """The path for an edit: with a mask, or with a strength."""
    refuse_aspect_ratio(attempt)
    if "mask_url" in attempt.parameters:
        if "strength" in attempt.parameters:
            raise UnsupportedParameterError(
                "'strength' changes a whole image: leave it out, or the mask.", param="strength"
            )
        return "/images/inpaint"
    if "strength" not in attempt.parameters:
        raise MissingParameterError(
            f"Missing required parameter: 'strength' ({attempt.model} needs to know how much to "
            "change the image, from 0 to 1).",
            param="strength",
        )
    return "/images/imageToImage"


def _picture(item: JsonValue) -> Picture | None:
    url = first_text(item, "url")
    return Picture(url, revised_prompt=text_at(item, "revised_prompt") or None) if url else None


PROVIDER = Provider(
    TITLE,
    generate,
    {"RECRAFT_BASE_URL": "https://external.api.recraft.ai/v1"},
    ("RECRAFT_API_KEY",),
    options=RecraftOptions,
)
