"""Stability AI's Stable Image API, which validates strictly.

Stability AI has no SDK to check this fake with: it follows the OpenAPI description behind
https://platform.stability.ai/docs/api-reference.

[fake filtered]     a success whose image is blurred, because moderation refused it
"""

import base64
from collections.abc import Mapping
from contextlib import AbstractContextManager
from uuid import uuid4

from fakes.answers import Answer, RefusedError, Reply, html_answer, json_answer
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.directives import Directives
from fakes.fields import Fields
from fakes.pictures import Picture
from fakes.server import Fake, serving
from fakes.stability_inputs import check_inputs, size_of
from fakes.stability_services import RATIOS, SERVICES, STYLES, Service
from fakes.studio import Order, carry_out

_ROOT = "/v2beta/stable-image/"
_LARGEST_SEED = 4294967294
_MADE_UP_SEED = 343940597
_LONGEST_PROMPT = 10000
_PROMPTS = ("prompt", "negative_prompt", "search_prompt", "select_prompt")
_SIDES = ("left", "right", "up", "down")


def fake_stability() -> AbstractContextManager[Fake]:
    """Serve the fake."""
    return serving(answer)


def answer(fake: Fake, call: Call) -> Reply:
    """Answer one call."""
    if fault := fault_of(call):
        return failure(fault, call)
    service = SERVICES.get(call.path.removeprefix(_ROOT))
    if call.method != "POST" or service is None:
        return _error(404, "not_found", f"{call.path}: no such resource")
    if not call.is_form:
        return _error(400, "bad_request", "content-type: must be multipart/form-data")
    accepts = call.headers.get("accept", "*/*")
    if accepts not in ("*/*", "image/*", "application/json"):
        return _error(400, "bad_request", "accept: must be one of image/*, application/json")
    order, seed = _read(call, service)

    def success(pictures: list[Picture]) -> Answer:
        content, media_type = b"", "image/png"
        if pictures:
            content, media_type = pictures[0].content, pictures[0].media_type
        reason = "CONTENT_FILTERED" if "filtered" in Directives(call.prompt) else "SUCCESS"
        if accepts == "application/json":
            encoded = base64.b64encode(content).decode()
            body = {"image": encoded, "finish_reason": reason, "seed": seed}
            kind = {"content_type": f"application/json; type={media_type}"}
            return json_answer(body, 200, **kind)
        headers = {"content-type": media_type, "finish-reason": reason, "seed": str(seed)}
        return Answer(200, headers, content)

    return carry_out(fake, call, order, failure, success)


def failure(kind: str, call: Call) -> Answer:
    """The provider's error response for a kind of failure."""
    match kind:
        case "missing" | "key":
            return _error(401, "unauthorized", "authorization: invalid or missing header value")
        case "forbidden":
            return _error(403, "permission_denied", "You may not use this service.")
        case "quota":
            return _error(
                402,
                "payment_required",
                "You lack sufficient credits to make this request. Please purchase more credits.",
            )
        case "rate":
            return _rate_limited(call)
        case "content":
            return _error(
                403,
                "content_moderation",
                "Your request was flagged by our content moderation system, as a result your "
                "request was denied and you were not charged.",
            )
        case "parameter":
            return _invalid("cfg_scale", "invalid", "must be less than or equal to 10")
        case "model":
            return _error(404, "not_found", "The model could not be found.")
        case "down":
            return html_answer(503, "503 Service Unavailable")
        case "crash":
            return _error(
                500, "internal_error", "An unexpected server error has occurred, try again later."
            )
        case "busy":
            return html_answer(502, "502 Bad Gateway")
        case "slow":
            return html_answer(504, "504 Gateway Time-out")
    raise ValueError(kind)


def _read(call: Call, service: Service) -> tuple[Order, int]:
    fields = Fields(dict(call.texts), _invalid, service.fields, is_form=True)
    image = check_inputs(call, service, _invalid)
    for name in _PROMPTS:
        if name in service.needed:
            fields.needed_text(name, longest=_LONGEST_PROMPT)
        fields.text(name, longest=_LONGEST_PROMPT)
    fields.choice("style_preset", STYLES)
    fields.choice("model", service.models)
    fields.number("cfg_scale", 1, 10)
    fields.number("creativity", 0, 1)
    fields.integer("grow_mask", 0, 20)
    _check_mode(fields, service, has_image=image is not None)
    ratio = fields.choice("aspect_ratio", RATIOS) or "1:1"
    size = size_of(image, service) if image is not None else service.sizes[ratio]
    grown = _grown(fields) if "left" in service.fields else (0, 0)
    return (
        Order(
            size=(size[0] + grown[0], size[1] + grown[1]),
            format=fields.choice("output_format", service.formats) or "png",
        ),
        fields.integer("seed", 0, _LARGEST_SEED) or _MADE_UP_SEED,
    )


def _check_mode(fields: Fields, service: Service, *, has_image: bool) -> None:
    """Check that an image comes with a strength, a mode if the service has modes, and no ratio."""
    if "strength" not in service.fields:
        return
    fields.number("strength", 0, 1)
    if has_image != ("strength" in fields):
        raise fields.refused("strength", "invalid", "goes with an image, and is required with it")
    if "mode" not in service.fields:
        return
    mode = fields.choice("mode", ("text-to-image", "image-to-image")) or "text-to-image"
    if has_image != (mode == "image-to-image"):
        raise fields.refused("mode", "invalid", f"{mode} takes another number of images")
    if has_image and "aspect_ratio" in fields:
        raise fields.refused("aspect_ratio", "invalid", "only valid for text-to-image requests")


def _grown(fields: Fields) -> tuple[int, int]:
    """The number of pixels that outpainting adds to the width and the height."""
    left, right, up, down = (fields.integer(side, 0, 2000) or 0 for side in _SIDES)
    if not left + right + up + down:
        raise RefusedError(_error(400, "bad_request", "left: one direction is required at least"))
    return left + right, up + down


def _rate_limited(call: Call) -> Answer:
    directives = Directives(call.prompt)
    # Undocumented, so it is sent only if a test asks for it.
    waits = {"retry_after": directives.get("retry-after")} if "retry-after" in directives else {}
    return _error(
        429,
        "rate_limit_exceeded",
        "You have exceeded the rate limit of 150 requests within a 10 second period, and have "
        "been timed out for 60 seconds.",
        waits,
    )


def _error(
    status: int, name: str, sentence: str, headers: Mapping[str, str] | None = None
) -> Answer:
    body = {"id": uuid4().hex, "name": name, "errors": [sentence]}
    return json_answer(body, status, **(headers or {}))


def _invalid(param: str, _code: str, message: str) -> Answer:
    return _error(400, "bad_request", f"{param}: {message}")
