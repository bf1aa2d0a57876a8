"""The input images of Recraft, as files of a form or as data URLs in JSON.

https://www.recraft.ai/docs/api-reference/image-inputs-and-results
https://www.recraft.ai/docs/api-reference/tools/inpainting
"""

import base64
import binascii
from collections.abc import Mapping
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from fakes.answers import RefusedError
from fakes.calls import Call
from fakes.fields import Invalid

_MOST_BYTES = 10_000_000
_MOST_PIXELS = 16_000_000
_SIDES = (256, 4096)


def input_of(call: Call, names: tuple[str, ...], invalid: Invalid) -> Image.Image:
    """The validated image of a call, with its mask if `names` has one."""
    images: dict[str, Image.Image] = {}
    for name in names:
        content = _from_json(call.json, name) if call.json is not None else _from_form(call, name)
        if content is None:
            raise RefusedError(invalid(name, "", f"{name} is required"))
        images[name] = _decode(name, content, invalid)
    mask = images.get("mask")
    if mask is not None:
        if mask.size != images["image"].size:
            raise RefusedError(invalid("mask", "", "image and mask differ in size"))
        if any(mask.convert("L").histogram()[1:255]):
            raise RefusedError(invalid("mask", "", "every pixel must be 0 or 255"))
    return images["image"]


def _from_json(body: Mapping[str, object], name: str) -> bytes | None:
    """The images of a JSON body, which must be data URLs."""
    url = body.get(f"{name}_url")
    head, comma, data = url.partition(",") if isinstance(url, str) else ("", "", "")
    if not (comma and head.startswith("data:image/") and head.endswith(";base64")):
        return None
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return None


def _from_form(call: Call, name: str) -> bytes | None:
    return next((file.content for file in call.files if file.field == name), None)


def _decode(name: str, content: bytes, invalid: Invalid) -> Image.Image:
    try:
        image = Image.open(BytesIO(content))
        image.load()
    except (UnidentifiedImageError, OSError):
        raise RefusedError(invalid(name, "", f"{name} is no PNG, JPG, WEBP or SVG")) from None
    low, high = _SIDES
    fits = low <= min(image.size) and max(image.size) <= high
    if len(content) > _MOST_BYTES or image.width * image.height > _MOST_PIXELS or not fits:
        raise RefusedError(invalid(name, "", f"{name} is too small or too large"))
    return image
