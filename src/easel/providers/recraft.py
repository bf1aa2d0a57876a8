"""Recraft: raster images and drawings, made in one call, whose answer tells where they are.

https://www.recraft.ai/docs/api-reference/endpoints
https://www.recraft.ai/docs/api-reference/image-inputs-and-results
"""

from collections.abc import Iterator, Mapping

from easel.errors import (
    EmptyResultError,
    InvalidValueError,
    MissingParameterError,
    ProviderError,
    QuotaExhaustedError,
    UnsupportedParameterError,
)
from easel.platform.buffers import JsonValue
from easel.platform.calls import HttpCall
from easel.providers.calls import fetch_json
from easel.providers.failures import Rule
from easel.providers.money import usd
from easel.providers.pictures import text_of
from easel.providers.protocol import Attempt, Options, Picture, Provider, Result, Run

TITLE = "Recraft"

_BROKE = r"(?:not enough|insufficient) (?:credits?|balance|api units?)[.!]?"

# Its documentation knows two failures and calls the rest text that explains itself. Units are what
# it sells. https://www.recraft.ai/docs/api-reference/error-handling
RULES = (
    Rule((404,), ProviderError, sentence="404 page not found", billed=False),
    Rule((400, 403, 422, 429), QuotaExhaustedError, code=r"credits?|balance|api_units?"),
    Rule((400, 403, 422, 429), QuotaExhaustedError, sentence=_BROKE),
)

_GENERATE, _CHANGE, _REPAINT = "/images/generations", "/images/imageToImage", "/images/inpaint"

# What the parameters that easel names itself are called there.
_NAMES = {"output_format": "image_format", "aspect_ratio": "size"}

# Its units. https://www.recraft.ai/docs/api-reference/pricing
_CREDITS_OF_A_DOLLAR = 1000


class RecraftOptions(Options):
    """Which service makes the image.

    Attributes:
        path: the path of a service that is not a model. It takes neither a prompt nor a number of
            images.
    """

    path: str | None = None


def generate(attempt: Attempt) -> Run:
    """Make images with one call; those of an edit have the shape of its image."""
    body = {_NAMES.get(name, name): value for name, value in attempt.parameters.items()}
    body["response_format"] = "url"
    path = attempt.options_as(RecraftOptions).path
    if path is None:
        path = _path(attempt, body)
        body |= {"model": attempt.model, "prompt": attempt.prompt, "n": attempt.count}
    call = HttpCall("POST", f"{attempt.base_url}{path}", body=body)
    answer = yield from fetch_json(call, TITLE, RULES)
    pictures = list(_pictures(answer))
    if not pictures:
        raise EmptyResultError(f"{TITLE} reported success but gave no image.")
    charged = usd(answer.get("credits"), of_a_dollar=_CREDITS_OF_A_DOLLAR)
    return Result(pictures, usd=charged)


def _path(attempt: Attempt, body: dict[str, object]) -> str:
    """Where a model is asked for its task."""
    if attempt.task == "generate":
        return _GENERATE
    if "aspect_ratio" in attempt.parameters:
        raise InvalidValueError(
            f"{attempt.model} gives an edited image the shape that it had. Leave it out.",
            param="aspect_ratio",
        )
    # There is no size of an edit: what is promised is made of what comes.
    body.pop("size", None)
    if "mask_url" in body:
        if "strength" in body:
            raise UnsupportedParameterError(
                "'strength' is for changing a whole image: leave it out, or the mask.",
                param="strength",
            )
        return _REPAINT
    if "strength" not in body:
        raise MissingParameterError(
            f"Missing required parameter: 'strength' ({attempt.model} wants to know how far to "
            "move from the image, from 0 to 1).",
            param="strength",
        )
    return _CHANGE


def _pictures(answer: Mapping[str, JsonValue]) -> Iterator[Picture]:
    """The images of models, which are a list, or the one of another service."""
    data = answer.get("data")
    for item in data if isinstance(data, list) else [answer.get("image")]:
        url = text_of(item, "url")
        if url is not None and isinstance(item, dict):
            revised = item.get("revised_prompt")
            yield Picture(url, revised_prompt=revised if isinstance(revised, str) else None)


PROVIDER = Provider(
    TITLE,
    generate,
    {"RECRAFT_BASE_URL": "https://external.api.recraft.ai/v1"},
    ("RECRAFT_API_KEY",),
    options=RecraftOptions,
)
