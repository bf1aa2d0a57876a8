"""A custom server that is roughly compatible with OpenAI.

LocalAI (https://localai.io/features/image-generation/), vLLM (https://docs.vllm.ai) and small
servers written with FastAPI take any parameter and differ in their answers:

    [fake shape plain]      `data[].url`, absolute (without a directive)
    [fake shape relative]   `data[].url` without an origin, for any `response_format`
    [fake shape data-uri]   `data[].url` that contains the image, for any `response_format`
    [fake shape images]     `images[]` instead of `data[]`, with a `url` or an `image` in base64
    [fake cost USD]         `usage` with a `cost`, as OpenRouter sends it
    [fake cost-header USD]  the header `x-litellm-response-cost`
    [fake errors openai]    `{"error": {"message", "type", "param", "code"}}` (without a directive)
    [fake errors detail]    `{"detail": "..."}`, a list for invalid parameters
    [fake errors text]      `{"error": "..."}`
    [fake errors vllm]      `{"object": "error", "message", "type", "param", "code"}`
    [fake errors plain]     text
"""

import base64
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from fakes.answers import Answer, Reply, html_answer, json_answer, text_answer
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.directives import Directives
from fakes.fields import parse_size
from fakes.pictures import Picture
from fakes.server import Fake, serving
from fakes.studio import Order, carry_out

_SIDE = 512

# Per kind of error: status, type and message.
_FAILURES = {
    "missing": (401, "authentication_error", "Not authenticated"),
    "key": (401, "authentication_error", "Invalid API key"),
    "forbidden": (403, "permission_error", "Forbidden"),
    "quota": (402, "insufficient_quota", "Payment required"),
    "rate": (429, "rate_limit_error", "Too many requests"),
    "content": (400, "content_policy_violation", "The prompt was refused"),
    "parameter": (422, "invalid_request_error", "size: Input should be WIDTHxHEIGHT"),
    "model": (404, "not_found_error", "The model does not exist"),
    "down": (503, "service_unavailable_error", "Loading the model"),
    "crash": (500, "server_error", "CUDA out of memory"),
}
_PROXY_FAILURES = {"busy": (502, "502 Bad Gateway"), "slow": (504, "504 Gateway Time-out")}


@dataclass(frozen=True)
class Guard:
    """The place of a server's key.

    Attributes:
        header: in lower case.
        prefix: the text before the key in that header.
    """

    header: str = "authorization"
    prefix: str = "Bearer "


def fake_custom(guard: Guard | None = Guard()) -> AbstractContextManager[Fake]:
    """Serve the fake; an SDK's `base_url` is `fake.url + "/v1"`. No guard: no key."""

    def answer(fake: Fake, call: Call) -> Reply:
        if guard and (fault := fault_of(call, guard.header, guard.prefix)):
            return failure(fault, call)
        return _route(fake, call)

    return serving(answer)


def failure(kind: str, call: Call) -> Answer:
    """The provider's error response for a kind of failure."""
    if kind in _PROXY_FAILURES:
        return html_answer(*_PROXY_FAILURES[kind])
    status, name, message = _FAILURES[kind]
    directives = Directives(call.prompt)
    seconds = directives.get("retry-after", "1")
    headers = {"retry_after": seconds} if kind == "rate" else {}
    match directives.get("errors", "openai"):
        case "openai":
            content = {"message": message, "type": name, "param": None, "code": None}
            return json_answer({"error": content}, status, **headers)
        case "detail":
            problem = {"type": "value_error", "loc": ["body", "size"], "msg": message}
            return json_answer(
                {"detail": [problem] if status == 422 else message}, status, **headers
            )
        case "text":
            return json_answer({"error": message}, status, **headers)
        case "vllm":
            content = {"object": "error", "message": message, "type": name, "param": None}
            return json_answer({**content, "code": status}, status, **headers)
        case "plain":
            return text_answer(status, message)
        case shape:
            raise ValueError(shape)


def _route(fake: Fake, call: Call) -> Reply:
    # The API may be at any path.
    match call.method, *call.path.split("/")[-2:]:
        case "GET", _, "models":
            model = {"id": "stablediffusion", "object": "model", "created": 0, "owned_by": "me"}
            return json_answer({"object": "list", "data": [model]})
        case "POST", "images", "generations" if call.json is not None:
            return _make(fake, call, call.json)
        case "POST", "images", "edits" if _has_image(call):
            return _make(fake, call, dict(call.texts))
        case "POST", "images", "generations" | "edits":
            return failure("parameter", call)
    return json_answer({"detail": "Not Found"}, 404)


def _has_image(call: Call) -> bool:
    return any(upload.field in {"image", "image[]"} for upload in call.files)


def _make(fake: Fake, call: Call, parameters: dict[str, Any]) -> Reply:
    size = _size(parameters)
    if size is None or not call.prompt:
        return failure("parameter", call)
    order = Order(size, "png", int(parameters.get("n") or 1))
    directives = Directives(call.prompt)
    shape = directives.get("shape", "plain")
    heeds = shape not in ("relative", "data-uri")
    in_base64 = heeds and parameters.get("response_format") == "b64_json"

    def image(picture: Picture) -> dict[str, str]:
        encoded = base64.b64encode(picture.content).decode()
        if in_base64:
            return {"image" if shape == "images" else "b64_json": encoded}
        if shape == "data-uri":
            return {"url": f"data:{picture.media_type};base64,{encoded}"}
        path = fake.host(call.prompt, picture)
        return {"url": path if shape == "relative" else fake.url + path}

    def success(pictures: list[Picture]) -> Answer:
        body: dict[str, Any] = {"images" if shape == "images" else "data": [*map(image, pictures)]}
        if "cost" in directives:
            body["usage"] = {"cost": float(directives.get("cost"))}
        if "cost-header" in directives:
            return json_answer(body, x_litellm_response_cost=directives.get("cost-header"))
        return json_answer(body)

    return carry_out(fake, call, order, failure, success)


def _size(parameters: dict[str, Any]) -> tuple[int, int] | None:
    """The requested `size`, or `width` and `height`; None if it is not a size."""
    if "width" in parameters or "height" in parameters:
        width, height = (parameters.get(name, _SIDE) for name in ("width", "height"))
        return (int(width), int(height)) if f"{width}{height}".isdecimal() else None
    return parse_size(str(parameters.get("size") or f"{_SIDE}x{_SIDE}"))
