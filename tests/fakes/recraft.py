"""Recraft's API, which validates strictly.

Recraft has no SDK to check this fake with; its documentation uses OpenAI's SDK. https://www.recraft.ai/docs/api-reference/endpoints

Its documentation shows two errors, both plain text, and says that others are JSON or text
(https://www.recraft.ai/docs/api-reference/error-handling): the JSON here, with `code` and
`message`, is an assumption, as are the statuses of the other errors.

[fake script]       an SVG that contains a script
"""

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

from fakes.answers import Answer, Reply, html_answer, json_answer, text_answer
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.directives import Directives
from fakes.fields import Fields
from fakes.pictures import Picture
from fakes.recraft_inputs import input_of
from fakes.recraft_models import MODELS, SERVICES, Model
from fakes.server import Fake, serving
from fakes.studio import Order, carry_out

_ROOT = "/v1/images/"
_CREATED = 1_780_000_000
_MOST_IMAGES = 6
_LARGEST_SEED = 2**32 - 1
_COMMON = {
    "block_nsfw",
    "calculate_features",
    "controls",
    "expire",
    "image_format",
    "model",
    "n",
    "prompt",
    "random_seed",
    "response_format",
}
_CONTROLS = {"artistic_level", "background_color", "colors", "no_text"}
_FILES = {
    "generations": (),
    "imageToImage": ("image",),
    "inpaint": ("image", "mask"),
    "eraseRegion": ("image", "mask"),
}
_HOSTILE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="1024" height="1024" '
    b"onload=\"document.title='run'\"><script>document.title='run'</script>"
    b'<rect width="9" height="9"/></svg>'
)


def fake_recraft() -> AbstractContextManager[Fake]:
    """Serve the fake; the SDK's `base_url` is `fake.url + "/v1"`."""
    return serving(answer)


def answer(fake: Fake, call: Call) -> Reply:
    """Answer one call."""
    if fault := fault_of(call):
        return failure(fault, call)
    name = call.path.removeprefix(_ROOT)
    if call.method != "POST" or name not in {*_FILES, *SERVICES}:
        return text_answer(404, "404 page not found")
    values = dict(call.texts) if call.is_form else call.json
    if values is None:
        return _error(400, "invalid_request", "the body is neither JSON nor a form")
    files = _FILES.get(name, ("image",))
    # In JSON a file is a URL among the other fields.
    values = {key: value for key, value in values.items() if key not in _urls(files)}
    if name in SERVICES:
        return _serve(fake, call, name, values)
    return _make(fake, call, name, values)


def failure(kind: str, call: Call) -> Answer:
    """The provider's error response for a kind of failure."""
    match kind:
        case "missing" | "key":
            return text_answer(401, "request unauthorized")
        case "forbidden":
            return _error(403, "forbidden", "the token may not use the API")
        case "quota":
            return _error(400, "not_enough_credits", "not enough credits, buy more API units")
        case "rate":
            return _rate_limited(call)
        case "content":
            return _error(400, "prompt_blocked", "the prompt was blocked by moderation")
        case "parameter":
            return _invalid("size", "invalid_size", "the size is not supported by the model")
        case "model":
            return _error(404, "model_not_found", "there is no such model")
        case "down":
            return text_answer(503, "service unavailable")
        case "crash":
            return _error(500, "internal_error", "internal server error")
        case "busy":
            return html_answer(502, "502 Bad Gateway")
        case "slow":
            return html_answer(504, "504 Gateway Time-out")
    raise ValueError(kind)


def _make(fake: Fake, call: Call, path: str, values: dict[str, Any]) -> Reply:
    """The answer of a model: a list of images."""
    name = values.get("model", "recraftv4_1")
    if name not in MODELS:
        return failure("model", call)
    model, files = MODELS[name], _FILES[path]
    if (path == "inpaint" and not model.repaints) or (files and not model.edits):
        return _error(400, "invalid_model", f"{name} is not supported by {path}")
    own = {"generations": ["size"], "imageToImage": ["strength"]}.get(path, [])
    fields = Fields(values, _invalid, {*_COMMON, *model.own, *own}, is_form=call.is_form)
    size = _read(fields, model)
    if path == "imageToImage" and fields.number("strength", 0, 1) is None:
        raise fields.refused("strength", "invalid_request", "strength is required")
    order = Order(
        size=input_of(call, files, _invalid).size if files else size,
        format=_format(fields, "svg" if model.is_vector else None),
        count=fields.integer("n", 1, _MOST_IMAGES) or 1,
    )

    def success(images: list[Any]) -> dict[str, Any]:
        return {"created": _CREATED, "credits": 40 * len(images), "data": images}

    return carry_out(fake, call, order, failure, _handing_over(fake, call, fields, success))


def _serve(fake: Fake, call: Call, name: str, values: dict[str, Any]) -> Reply:
    """The answer of another service: one image."""
    known = {"expire", "image_format", "response_format"}
    fields = Fields(values, _invalid, known, is_form=call.is_form)
    image = input_of(call, _FILES.get(name, ("image",)), _invalid)
    order = Order(image.size, _format(fields, SERVICES[name]))

    def success(images: list[Any]) -> dict[str, Any]:
        only = images[0] if images else None
        return {"created": _CREATED, "credits": 10, "image": only}

    return carry_out(fake, call, order, failure, _handing_over(fake, call, fields, success))


def _handing_over(
    fake: Fake, call: Call, fields: Fields, around: Callable[[list[Any]], dict[str, Any]]
) -> Callable[[list[Picture]], Answer]:
    as_url = (fields.choice("response_format", ("url", "b64_json")) or "url") == "url"

    def image(picture: Picture) -> dict[str, Any]:
        if "script" in Directives(call.prompt):
            picture = Picture(_HOSTILE, "svg")
        if as_url:
            where = {"url": fake.url + fake.host(call.prompt, picture)}
        else:
            where = {"b64_json": base64.b64encode(picture.content).decode()}
        return {"image_id": str(uuid4()), **where}

    return lambda pictures: json_answer(around([image(picture) for picture in pictures]))


def _read(fields: Fields, model: Model) -> tuple[int, int]:
    """Validate the parameters that all models share, and return the requested size."""
    fields.needed_text("prompt", longest=model.longest_prompt)
    for name in ("negative_prompt", "style", "substyle", "style_id"):
        fields.text(name)
    if "style" in fields and "style_id" in fields:
        raise fields.refused("style", "invalid_request", "style and style_id exclude each other")
    fields.integer("random_seed", 0, _LARGEST_SEED)
    controls = fields.raw("controls") or {}
    if not isinstance(controls, dict) or not set(controls) <= _CONTROLS:
        raise fields.refused("controls", "invalid_request", "controls has another form")
    layout = fields.raw("text_layout") or []
    if not all(set(item) == {"text", "bbox"} and len(item["bbox"]) == 4 for item in layout):
        raise fields.refused("text_layout", "invalid_request", "text_layout has another form")
    size = fields.choice("size", tuple(model.sizes))
    return model.sizes[size] if size else next(iter(model.sizes.values()))


def _format(fields: Fields, only: str | None) -> str:
    """The output format; vector models have only SVG."""
    wanted = fields.choice("image_format", ("webp", "png"))
    return only or wanted or "webp"


def _urls(files: tuple[str, ...]) -> set[str]:
    return {f"{name}_url" for name in files}


def _rate_limited(call: Call) -> Answer:
    directives = Directives(call.prompt)
    waits = {"retry_after": directives.get("retry-after")} if "retry-after" in directives else {}
    return json_answer({"code": "rate_limit", "message": "too many requests"}, 429, **waits)


def _error(status: int, code: str, message: str) -> Answer:
    return json_answer({"code": code, "message": message}, status)


def _invalid(_param: str, code: str, message: str) -> Answer:
    return _error(400, code or "invalid_request", message)
