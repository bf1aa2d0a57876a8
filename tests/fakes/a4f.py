"""A4F's images API: five parameters of OpenAI's, and models of many hosts.

https://www.a4f.co/docs/api-reference/image-generation
"""

import base64
import time
from contextlib import AbstractContextManager

from fakes.answers import Answer, Reply, html_answer, json_answer
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.directives import Directives
from fakes.fields import Fields, parse_size
from fakes.pictures import Picture
from fakes.server import Fake, serving
from fakes.studio import Order, carry_out

_FIELDS = {"model", "n", "prompt", "response_format", "size"}
_MODELS = (
    "provider-4/flux-schnell",
    "provider-4/imagen-3.5",
    "provider-4/imagen-4",
    "provider-8/imagen-3",
    "provider-8/z-image",
)
_LONGEST_SIDE = 2048


def fake_a4f() -> AbstractContextManager[Fake]:
    """Serve the fake; an SDK's `base_url` is `fake.url + "/v1"`."""
    return serving(answer)


def answer(fake: Fake, call: Call) -> Reply:
    """Answer one call."""
    if fault := fault_of(call):
        return failure(fault, call)
    if (call.method, call.path) != ("POST", "/v1/images/generations"):
        return _error(404, "Not Found", "not_found")
    fields = Fields(call.json or {}, _invalid, _FIELDS)
    fields.needed_text("prompt")
    if fields.needed_text("model") not in _MODELS:
        return failure("model", call)
    order = Order(_size(fields), "png", fields.integer("n", 1, 10) or 1)
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
            return _error(401, "Invalid API key.", "invalid_api_key")
        case "forbidden":
            return _error(403, "Your plan has no access to this model.", "forbidden")
        case "quota":
            return _error(402, "Insufficient credits.", "insufficient_quota")
        case "rate":
            seconds = Directives(call.prompt).get("retry-after", "1")
            return _error(429, "Too many requests.", "rate_limit_exceeded", retry_after=seconds)
        case "content":
            return _error(400, "Blocked by content policy.", "content_policy_violation")
        case "parameter":
            return _invalid("size", "invalid_value", "Invalid value: 'odd'.")
        case "model":
            return _error(404, "The model does not exist.", "model_not_found")
        case "down":
            return _error(503, "The provider is not available.", "provider_unavailable")
        case "crash":
            return _error(500, "Internal server error.", "internal_error")
        case "busy":
            return html_answer(502, "502 Bad Gateway")
        case "slow":
            return html_answer(504, "504 Gateway Time-out")
    raise ValueError(kind)


def _size(fields: Fields) -> tuple[int, int]:
    requested = fields.text("size") or "1024x1024"
    size = parse_size(requested)
    if size is None or not 64 <= min(size) <= max(size) <= _LONGEST_SIDE:
        raise fields.refused("size", "invalid_value", f"Invalid value: '{requested}'.")
    return size


def _error(status: int, message: str, code: str, **headers: str) -> Answer:
    content = {"message": message, "code": code, "type": "api_error"}
    return json_answer({"error": content}, status, **headers)


def _invalid(param: str, code: str, message: str) -> Answer:
    return _error(400, f"{param}: {message}", code)
