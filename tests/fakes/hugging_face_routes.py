"""The requests and answers of each provider behind Hugging Face's router, below `/PROVIDER`.

https://github.com/huggingface/huggingface_hub/tree/main/src/huggingface_hub/inference/_providers
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from fakes.answers import Answer, json_answer
from fakes.calls import Call
from fakes.fields import Fields, parse_size
from fakes.pictures import Picture
from fakes.studio import Order

# The URL of a picture.
Host = Callable[[Picture], str]


@dataclass(frozen=True)
class Provider:
    """A provider behind the router.

    Attributes:
        path: a pattern of the path, whose first group, if any, is the model.
        takes: the known parameters, beside those of an image.
        images: the fields that may contain an image.
        read: converts the body to an order.
        answer: builds the answer from the images.
        place: the field of the body that contains the parameters.
    """

    path: str
    takes: frozenset[str]
    images: frozenset[str]
    read: Callable[[Fields], Order]
    answer: Callable[[list[Picture], Host], Answer]
    place: str = ""

    def order(self, call: Call) -> Order:
        """The order of a call.

        Raises:
            RefusedError: the call is not valid.
        """
        body = call.json or {}
        values = body.get(self.place, {}) if self.place else body
        outside = {"inputs", "parameters"} if self.place == "parameters" else {"input", "version"}
        if self.place:
            Fields(body, invalid, outside)
        fields = Fields(values, invalid, self.takes | self.images)
        for name in self.images & set(values):
            _check_image(fields, name)
        if self.place == "parameters" and "prompt" in values:
            _check_base64(fields, body["inputs"])
        return self.read(fields)


def invalid(param: str, _code: str, message: str) -> Answer:
    """Hugging Face's error response for a parameter."""
    return json_answer({"error": [f"Error in `parameters.{param}`: {message}"]}, 400)


def _common(fields: Fields) -> None:
    fields.text("prompt")
    fields.text("negative_prompt")
    fields.number("guidance_scale", 0, 100)
    fields.integer("num_inference_steps", 1, 100)
    fields.integer("steps", 1, 100)
    fields.integer("seed", 0, 2**32 - 1)


def _sides(fields: Fields) -> Order:
    _common(fields)
    sides = [fields.integer(name, 64, 4096) or 1024 for name in ("width", "height")]
    size = fields.raw("target_size")
    return Order((size["width"], size["height"]) if size else (sides[0], sides[1]), "png")


def _in_object(name: str) -> Callable[[Fields], Order]:
    def read(fields: Fields) -> Order:
        _common(fields)
        size = fields.raw(name) or {"width": 1024, "height": 1024}
        return Order((size["width"], size["height"]), "jpeg")

    return read


def _in_text(mark: str) -> Callable[[Fields], Order]:
    def read(fields: Fields) -> Order:
        _common(fields)
        text = fields.text("size") or f"1024{mark}1024"
        size = parse_size(text.replace(mark, "x"))
        if size is None:
            raise fields.refused("size", "invalid_value", f"size must be like 1024{mark}1024")
        return Order(size, "png")

    return read


def _check_image(fields: Fields, name: str) -> None:
    value = fields.raw(name)
    for image in value if isinstance(value, list) else [value]:
        found = re.fullmatch(r"data:image/\w+;base64,(.*)", image)
        if found is None:
            raise fields.refused(name, "invalid_value", "not a data URL")
        _check_base64(fields, found[1])


def _check_base64(fields: Fields, text: str) -> None:
    try:
        Image.open(BytesIO(base64.b64decode(text, validate=True))).load()
    except (ValueError, OSError):
        raise fields.refused("image", "invalid_value", "not an image") from None


def _bytes(pictures: list[Picture], _: Host) -> Answer:
    (picture,) = pictures or [Picture(b"", "png")]
    return Answer(200, {"content-type": picture.media_type}, picture.content)


def _fal(pictures: list[Picture], host: Host) -> Answer:
    images = [{"url": host(one), "content_type": one.media_type} for one in pictures]
    checked = [False for _ in pictures]
    return json_answer({"images": images, "seed": 42, "has_nsfw_concepts": checked, "prompt": ""})


def _replicate(pictures: list[Picture], host: Host) -> Answer:
    output = [host(one) for one in pictures]
    return json_answer({"id": "p1", "status": "succeeded", "output": output, "error": None}, 201)


def _openai(pictures: list[Picture], _: Host) -> Answer:
    data = [{"b64_json": base64.b64encode(one.content).decode()} for one in pictures]
    return json_answer({"data": data})


def _wavespeed(pictures: list[Picture], host: Host) -> Answer:
    outputs = [host(one) for one in pictures]
    return json_answer({"code": 200, "data": {"status": "completed", "outputs": outputs}})


_USUAL = frozenset({"prompt", "guidance_scale", "negative_prompt", "num_inference_steps", "seed"})
_OPENAI = frozenset({"model", "prompt", "negative_prompt", "seed", "response_format"})
_SIDES = frozenset({"width", "height"})

PROVIDERS: Mapping[str, Provider] = {
    "fal-ai": Provider(
        "/(.+)",
        _USUAL | {"image_size"},
        frozenset({"image_url", "image_urls"}),
        _in_object("image_size"),
        _fal,
    ),
    "hf-inference": Provider(
        "/models/(.+)",
        _USUAL | _SIDES | {"target_size", "scheduler"},
        frozenset(),
        _sides,
        _bytes,
        place="parameters",
    ),
    "nscale": Provider(
        "/v1/images/generations", _OPENAI | {"size"}, frozenset(), _in_text("x"), _openai
    ),
    "replicate": Provider(
        "/v1/(?:models/(.+)/)?predictions",
        _USUAL | _SIDES,
        frozenset({"image", "images", "input_image", "input_images"}),
        _sides,
        _replicate,
        place="input",
    ),
    "together": Provider(
        "/v1/images/generations",
        _OPENAI | _SIDES | {"steps", "guidance_scale"},
        frozenset({"image_url", "reference_images"}),
        _sides,
        _openai,
    ),
    "wavespeed": Provider(
        "/api/v3/(.+)", _USUAL | {"size"}, frozenset({"image"}), _in_text("*"), _wavespeed
    ),
}
