"""OpenAI's GPT image family: always base64, with usage, and streams with partial images.

https://developers.openai.com/api/reference/resources/images/methods/generate and `.../methods/edit`
"""

import base64
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fakes.answers import Answer, Chunks, Pause, RefusedError, Reply, event, json_answer
from fakes.calls import Call
from fakes.directives import Directives
from fakes.fields import Fields, parse_size
from fakes.openai_errors import error, failure, invalid
from fakes.openai_inputs import inputs_of_gpt
from fakes.openai_models import Gpt
from fakes.pictures import Picture, paint
from fakes.server import Fake
from fakes.studio import Order, carry_out

_LONGEST_PROMPT = 32_000
_MOST = 10
_AUTO_SIZE = (1024, 1024)
_AUTO_QUALITY = "medium"
_COMMON = {
    "background",
    "complexity",
    "model",
    "n",
    "output_compression",
    "output_format",
    "partial_images",
    "prompt",
    "quality",
    "safety_identifier",
    "size",
    "stream",
    "user",
}


@dataclass(frozen=True)
class _Wish:
    """A validated request."""

    order: Order
    quality: str
    inputs: int
    stream: bool
    partial_images: int


def generate(fake: Fake, call: Call, model: Gpt) -> Reply:
    """Make images from a prompt."""
    fields = Fields(_values(call), invalid, _COMMON | {"moderation"})
    return _carry_out(fake, call, _read(fields, model, 0), "image_generation")


def edit(fake: Fake, call: Call, model: Gpt) -> Reply:
    """Make images from a prompt and input images."""
    own = {"input_fidelity"} if call.is_form else {"input_fidelity", "images", "mask", "moderation"}
    fields = Fields(_values(call), invalid, _COMMON | own, is_form=call.is_form)
    if "input_fidelity" in fields and not model.fidelities:
        raise fields.refused(
            "input_fidelity", "invalid_input_fidelity_model", "This model has no 'input_fidelity'."
        )
    fields.choice("input_fidelity", model.fidelities)
    wish = _read(fields, model, len(inputs_of_gpt(call)))
    return _carry_out(fake, call, wish, "image_edit")


def _values(call: Call) -> dict[str, Any]:
    """The parameters, without those that are null."""
    if call.is_form:
        return dict(call.texts)
    return {name: value for name, value in (call.json or {}).items() if value is not None}


def _read(fields: Fields, model: Gpt, inputs: int) -> _Wish:
    fields.needed_text("prompt", longest=_LONGEST_PROMPT)
    fields.choice("moderation", ("low", "auto"))
    fields.choice("complexity", ("low", "medium", "high"))
    fields.text("user")
    fields.text("safety_identifier")
    output_format = fields.choice("output_format", ("png", "webp", "jpeg")) or "png"
    transparent = fields.choice("background", ("transparent", "opaque", "auto")) == "transparent"
    if transparent and output_format == "jpeg":
        raise fields.refused(
            "background",
            "invalid_value",
            "Transparent background is not supported for JPEG output format.",
        )
    compression = fields.integer("output_compression", 0, 100)
    if output_format == "png" and compression not in (None, 100):
        raise fields.refused(
            "output_compression",
            "invalid_value",
            "Compression less than 100 is not supported for PNG output format.",
        )
    count = fields.integer("n", 1, _MOST) or 1
    stream = fields.boolean("stream")
    if stream and count > 1:
        raise RefusedError(error(400, "Streaming is only supported with n=1.", param="n"))
    quality = fields.choice("quality", model.qualities) or "auto"
    return _Wish(
        order=Order(_size(fields, model), output_format, count, transparent),
        quality=_AUTO_QUALITY if quality == "auto" else quality,
        inputs=inputs,
        stream=stream,
        partial_images=fields.integer("partial_images", 0, 3) or 0,
    )


def _size(fields: Fields, model: Gpt) -> tuple[int, int]:
    requested = fields.text("size") or "auto"
    if requested == "auto":
        return _AUTO_SIZE
    size = parse_size(requested)
    if size is None or not model.takes(size):
        raise fields.refused("size", "invalid_value", f"Invalid value: '{requested}'.")
    return size


def _carry_out(fake: Fake, call: Call, wish: _Wish, kind: str) -> Reply:
    def whole(pictures: list[Picture]) -> Answer:
        usage = _usage(call, wish)
        output = {"text_tokens": 0, "image_tokens": usage["output_tokens"]}
        return json_answer(
            {
                "created": int(time.time()),
                **_description(wish),
                "data": [{"b64_json": _base64(picture)} for picture in pictures],
                "usage": {**usage, "output_tokens_details": output},
            }
        )

    def stream(pictures: list[Picture]) -> Answer:
        headers = {"content-type": "text/event-stream; charset=utf-8"}
        return Answer(200, headers, _events(call, wish, kind, pictures))

    return carry_out(fake, call, wish.order, failure, stream if wish.stream else whole)


def _events(call: Call, wish: _Wish, kind: str, pictures: list[Picture]) -> Chunks:
    """The events of a stream, which a directive may end or stop after its first partial image.

    [fake pace MS]        wait before every event except the first
    [fake cut]            end the stream, as if it were complete
    [fake stall]          send nothing more and keep the connection open
    [fake stream-error]   send an error
    """
    directives = Directives(call.prompt)
    pace = Pause(directives.seconds("pace"))
    for index in range(wish.partial_images):
        partial = paint(wish.order.size, wish.order.format, transparent=wish.order.transparent)
        yield _image_event(f"{kind}.partial_image", wish, partial, {"partial_image_index": index})
        yield pace
        if index == 0 and _breaks_off(directives):
            break
    if _breaks_off(directives):
        yield from _break_off(directives)
        return
    for picture in pictures:
        yield _image_event(f"{kind}.completed", wish, picture, {"usage": _usage(call, wish)})


def _breaks_off(directives: Directives) -> bool:
    return any(name in directives for name in ("cut", "stall", "stream-error"))


def _break_off(directives: Directives) -> Iterator[bytes | Pause]:
    if "stall" in directives:
        yield Pause(None)
    if "stream-error" in directives:
        content = {
            "type": "server_error",
            "code": "server_error",
            "message": "The server had an error while processing your request.",
            "param": None,
        }
        yield event("error", {"error": content})


def _image_event(name: str, wish: _Wish, picture: Picture, rest: Mapping[str, Any]) -> bytes:
    content = {"created_at": int(time.time()), "b64_json": _base64(picture)}
    return event(name, {**content, **_description(wish), **rest})


def _description(wish: _Wish) -> dict[str, str]:
    return {
        "background": "transparent" if wish.order.transparent else "opaque",
        "output_format": wish.order.format,
        "quality": wish.quality,
        "size": "x".join(map(str, wish.order.size)),
    }


def _usage(call: Call, wish: _Wish) -> dict[str, Any]:
    """Consistent token counts, though not those that OpenAI would report."""
    text, image = 1 + len(call.prompt) // 4, 300 * wish.inputs
    output = 1000 * wish.order.count
    return {
        "input_tokens": text + image,
        "input_tokens_details": {"text_tokens": text, "image_tokens": image},
        "output_tokens": output,
        "total_tokens": text + image + output,
    }


def _base64(picture: Picture) -> str:
    return base64.b64encode(picture.content).decode()
