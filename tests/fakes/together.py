"""Together's images API.

https://docs.together.ai/reference/post-images-generations and, for the parameters of its models,
https://docs.together.ai/docs/inference/images/parameters,
https://docs.together.ai/docs/inference/images/reference-images and
https://docs.together.ai/docs/quickstart-flux; its errors: https://docs.together.ai/docs/error-codes
"""

import base64
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from fakes.answers import Answer, Reply, html_answer, json_answer
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.directives import Directives
from fakes.fields import Fields
from fakes.pictures import Picture
from fakes.server import Fake, serving
from fakes.studio import Order, carry_out

_FIELDS = {
    "disable_safety_checker",
    "guidance_scale",
    "height",
    "image_loras",
    "image_url",
    "model",
    "n",
    "negative_prompt",
    "output_format",
    "prompt",
    "reference_images",
    "response_format",
    "seed",
    "steps",
    "width",
}
_LARGEST_SEED = 2**63 - 1
_LONGEST_SIDE = 6688
_MOST_REFERENCES = 16


@dataclass(frozen=True)
class _Model:
    """The parameters of a model.

    Attributes:
        steps: the greatest `steps`; 0 if it takes none.
        images: the parameters that may contain its input images.
        longest_side: in pixels.
        own: parameters that only some models have.
        usual: the default width and height.
        always_checked: whether the safety checker cannot be disabled.
    """

    steps: int = 50
    images: tuple[Literal["image_url", "reference_images"], ...] = ()
    longest_side: int = _LONGEST_SIDE
    own: tuple[str, ...] = ()
    always_checked: bool = False
    usual: tuple[int, int] = (1024, 1024)


def _flux_1(steps: int = 50, **rest: Any) -> _Model:
    return _Model(steps=steps, longest_side=1792, **rest)


def _flux_2(*images: Literal["image_url", "reference_images"], steps: int = 0) -> _Model:
    own = ("prompt_upsampling", "guidance") if steps else ("prompt_upsampling",)
    checked = images != ("reference_images",)
    return _Model(steps, images, 1920, own, always_checked=checked, usual=(1024, 768))


_EDITOR = _Model(images=("reference_images",))
_MODELS = {
    "ByteDance-Seed/Seedream-3.0": _Model(),
    "ByteDance-Seed/Seedream-4.0": _EDITOR,
    "ByteDance/Seedream-5.0-lite": _EDITOR,
    "Qwen/Qwen-Image": _Model(),
    "Qwen/Qwen-Image-2.0": _Model(),
    "Qwen/Qwen-Image-2.0-Pro": _Model(),
    "black-forest-labs/FLUX.1-dev": _flux_1(),
    "black-forest-labs/FLUX.1-dev-lora": _flux_1(),
    "black-forest-labs/FLUX.1-kontext-dev": _flux_1(images=("image_url",)),
    "black-forest-labs/FLUX.1-kontext-max": _flux_1(images=("image_url",), always_checked=True),
    "black-forest-labs/FLUX.1-kontext-pro": _flux_1(images=("image_url",), always_checked=True),
    "black-forest-labs/FLUX.1-schnell": _flux_1(12),
    "black-forest-labs/FLUX.1-schnell-Free": _flux_1(4, always_checked=True),
    "black-forest-labs/FLUX.1.1-pro": _Model(0, longest_side=1440, always_checked=True),
    "black-forest-labs/FLUX.2-dev": _flux_2("reference_images", steps=50),
    "black-forest-labs/FLUX.2-flex": _flux_2("image_url", "reference_images", steps=50),
    "black-forest-labs/FLUX.2-max": _flux_2("image_url", "reference_images"),
    "black-forest-labs/FLUX.2-pro": _flux_2("image_url", "reference_images"),
    "google/flash-image-2.5": _EDITOR,
    "google/gemini-3-pro-image": _EDITOR,
    "ideogram/ideogram-3.0": _Model(),
    "stabilityai/stable-diffusion-3-medium": _Model(),
    "stabilityai/stable-diffusion-xl-base-1.0": _Model(),
}
_NAMES = {name.lower(): name for name in _MODELS}


def fake_together() -> AbstractContextManager[Fake]:
    """Serve the fake; the SDK's `base_url` is `fake.url`."""
    return serving(answer)


def answer(fake: Fake, call: Call) -> Reply:
    """Answer one call."""
    if fault := fault_of(call):
        return failure(fault, call)
    if (call.method, call.path) != ("POST", "/v1/images/generations"):
        return _error(404, f"Unknown request URL: {call.method} {call.path}.", code="not_found")
    if call.json is None:
        return _error(400, "The body is no JSON object.", code="invalid_json")
    name = call.json.get("model")
    if not isinstance(name, str) or name.lower() not in _NAMES:
        return failure("model", call)
    model = _MODELS[_NAMES[name.lower()]]
    fields = Fields(call.json, _invalid, _FIELDS | {*model.own})
    order = _read(fields, model)
    as_url = (fields.choice("response_format", ("url", "base64", "b64_json")) or "url") == "url"

    def image(index: int, picture: Picture) -> dict[str, Any]:
        if as_url:
            target = fake.host(call.prompt, picture, needs_user_agent=True)
            short = fake.redirect(call.prompt, target, "shrt")
            return {"index": index, "type": "url", "url": fake.url + short}
        encoded = base64.b64encode(picture.content).decode()
        return {"index": index, "type": "b64_json", "b64_json": encoded}

    def success(pictures: list[Picture]) -> Answer:
        data = [image(index, picture) for index, picture in enumerate(pictures)]
        content = {"id": uuid4().hex, "model": name, "object": "list", "data": data}
        return json_answer(content)

    return carry_out(fake, call, order, failure, success)


def failure(kind: str, call: Call) -> Answer:
    """The provider's error response for a kind of failure."""
    match kind:
        case "missing":
            return _error(401, "Missing API key", code="missing_api_key")
        case "key":
            return _error(401, "Invalid API key provided.", code="invalid_api_key")
        case "forbidden":
            return _error(403, "Your key may not use this model.", code="forbidden")
        case "quota":
            return _error(402, "Credit limit exceeded, please visit billing.", kind="credit_limit")
        case "rate":
            return _rate_limited(Directives(call.prompt).get("retry-after", "1"))
        case "content":
            return _error(422, "Prompt was flagged as NSFW by the safety checker.")
        case "parameter":
            return _invalid("steps", "invalid_value", "steps must be between 1 and 4")
        case "model":
            return _error(404, "Unable to access model.", param="model", code="model_not_available")
        case "down":
            return _error(503, "The engine is overloaded.", kind="service_unavailable")
        case "crash":
            return _error(500, "Internal server error", kind="server_error")
        case "busy":
            return html_answer(502, "502 Bad Gateway")
        case "slow":
            return html_answer(504, "504 Gateway Time-out")
    raise ValueError(kind)


def _read(fields: Fields, model: _Model) -> Order:
    fields.needed_text("prompt")
    fields.text("negative_prompt")
    fields.number("guidance_scale", 0, 100)
    fields.integer("seed", 0, _LARGEST_SEED)
    fields.number("guidance", 0, 100)
    fields.boolean("prompt_upsampling")
    if "steps" in fields and not model.steps:
        raise fields.refused("steps", "invalid_value", "steps is not supported for this model")
    fields.integer("steps", 1, model.steps)
    if fields.boolean("disable_safety_checker") and model.always_checked:
        raise fields.refused(
            "disable_safety_checker", "invalid_value", "The safety checker stays on for this model."
        )
    _check_images(fields, model)
    _check_loras(fields)
    return Order(
        size=(
            _side(fields, "width", model) or model.usual[0],
            _side(fields, "height", model) or model.usual[1],
        ),
        format=fields.choice("output_format", ("jpeg", "png")) or "jpeg",
        count=fields.integer("n", 1, 4) or 1,
    )


def _side(fields: Fields, name: str, model: _Model) -> int | None:
    side = fields.integer(name, 64, model.longest_side)
    if side and side % 8:
        raise fields.refused(name, "invalid_value", f"{name} must be a multiple of 8")
    return side


def _check_images(fields: Fields, model: _Model) -> None:
    if "image_url" in fields and "reference_images" in fields:
        raise fields.refused(
            "image_url", "invalid_value", "image_url and reference_images exclude each other"
        )
    fields.text("image_url")
    fields.texts("reference_images", _MOST_REFERENCES)
    for name in ("image_url", "reference_images"):
        if name in fields and name not in model.images:
            raise fields.refused(name, "invalid_value", f"{name} is not supported for this model")


def _check_loras(fields: Fields) -> None:
    loras = fields.raw("image_loras") or []
    if not isinstance(loras, list) or not all(_is_lora(lora) for lora in loras):
        raise fields.refused("image_loras", "invalid_type", "image_loras needs path and scale")


def _is_lora(lora: object) -> bool:
    return (
        isinstance(lora, dict)
        and set(lora) == {"path", "scale"}
        and isinstance(lora["path"], str)
        and isinstance(lora["scale"], int | float)
    )


def _error(
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    param: str | None = None,
    code: str | None = None,
    **headers: str,
) -> Answer:
    content = {"message": message, "type": kind, "param": param, "code": code}
    return json_answer({"id": uuid4().hex, "error": content}, status, **headers)


def _invalid(param: str, code: str, message: str) -> Answer:
    return _error(400, message, param=param, code=code)


def _rate_limited(seconds: str) -> Answer:
    return _error(
        429,
        "You have reached the rate limit specific to this model.",
        kind="rate_limit",
        code="rate_limit_exceeded",
        retry_after=seconds,
        x_ratelimit_limit="1",
        x_ratelimit_remaining="0",
        x_ratelimit_reset=seconds,
    )
