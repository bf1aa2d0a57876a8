"""Gitee AI's images API: OpenAI's route, with diffusion parameters instead of `size` and `n`.

https://ai.gitee.com/docs/openapi/v1
"""

import base64
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass

from fakes.answers import Answer, Reply, html_answer, json_answer
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.directives import Directives
from fakes.fields import Fields
from fakes.pictures import Picture
from fakes.server import Fake, serving
from fakes.studio import Order, carry_out

_FIELDS = {"height", "model", "num_inference_steps", "prompt", "response_format", "seed", "width"}
_LARGEST_SEED = 2**32 - 1
_LONGEST_SIDE = 2048


@dataclass(frozen=True)
class _Model:
    """The parameters of a model.

    Attributes:
        steps: the range of `num_inference_steps`.
        guidance: the name of its guidance parameter.
        most_guidance: the greatest guidance.
        negative: whether it takes a negative prompt.
    """

    steps: tuple[int, int]
    guidance: str = "guidance_scale"
    most_guidance: float = 20
    negative: bool = False


_MODELS = {
    "FLUX.1-dev": _Model((1, 50)),
    "FLUX_1-Krea-dev": _Model((1, 50)),
    "GLM-Image": _Model((1, 50), negative=True),
    "Qwen-Image": _Model((4, 50), guidance="cfg_scale", negative=True),
    "Qwen-Image-2512": _Model((1, 50), guidance="cfg_scale", negative=True),
    "flux-1-schnell": _Model((1, 50), most_guidance=50),
    "z-image-turbo": _Model((1, 20), negative=True),
}


def fake_gitee() -> AbstractContextManager[Fake]:
    """Serve the fake; an SDK's `base_url` is `fake.url + "/v1"`."""
    return serving(answer)


def answer(fake: Fake, call: Call) -> Reply:
    """Answer one call."""
    if fault := fault_of(call):
        return failure(fault, call)
    if (call.method, call.path) != ("POST", "/v1/images/generations"):
        return json_answer({"message": "404 page not found"}, 404)
    name = (call.json or {}).get("model")
    model = _MODELS.get(name) if isinstance(name, str) else None
    if model is None:
        return failure("model", call)
    known = _FIELDS | {model.guidance} | ({"negative_prompt"} if model.negative else set())
    fields = Fields(call.json or {}, _invalid, known)
    order = _read(fields, model)
    as_url = (fields.choice("response_format", ("url", "b64_json")) or "url") == "url"

    def image(picture: Picture) -> dict[str, str]:
        if as_url:
            return {"url": fake.url + fake.host(call.prompt, picture)}
        return {"b64_json": base64.b64encode(picture.content).decode()}

    def success(pictures: list[Picture]) -> Answer:
        return json_answer({"created": int(time.time()), "data": [*map(image, pictures)]})

    return carry_out(fake, call, order, failure, success)


def failure(kind: str, call: Call) -> Answer:
    """The provider's error response for a kind of failure."""
    match kind:
        case "missing" | "key":
            return _error(401, "Invalid API key", "invalid_api_key", "authentication_error")
        case "forbidden":
            return _error(403, "No permission to use this model", "forbidden", "permission_error")
        case "quota":
            return _error(429, "quota exceeded: the balance is used up", "quota_exceeded", "quota")
        case "rate":
            seconds = Directives(call.prompt).get("retry-after", "1")
            return json_answer({"message": "rate limit exceeded"}, 429, retry_after=seconds)
        case "content":
            return _error(400, "The prompt holds sensitive content", "sensitive_content", "risk")
        case "parameter":
            return _invalid("width", "invalid_value", "width must be a multiple of 16")
        case "model":
            return _error(404, "The model does not exist", "model_not_found", "invalid_request")
        case "down":
            return json_answer({"message": "no available server"}, 503)
        case "crash":
            return json_answer({"message": "internal error"}, 500)
        case "busy":
            return html_answer(502, "502 Bad Gateway")
        case "slow":
            return html_answer(504, "504 Gateway Time-out")
    raise ValueError(kind)


def _read(fields: Fields, model: _Model) -> Order:
    fields.needed_text("prompt")
    fields.text("negative_prompt")
    fields.integer("num_inference_steps", *model.steps)
    fields.integer("seed", 0, _LARGEST_SEED)
    fields.number(model.guidance, 0, model.most_guidance)
    width = fields.integer("width", 64, _LONGEST_SIDE) or 1024
    height = fields.integer("height", 64, _LONGEST_SIDE) or 1024
    return Order((width, height), "png")


def _error(status: int, message: str, code: str, kind: str) -> Answer:
    return json_answer({"error": {"message": message, "code": code, "type": kind}}, status)


def _invalid(param: str, code: str, message: str) -> Answer:
    return _error(400, f"{param}: {message}", code, "invalid_request")
