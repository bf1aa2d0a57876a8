"""The input images of OpenAI's edits."""

import base64
import binascii
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError

from fakes.answers import RefusedError
from fakes.calls import Call, Upload
from fakes.openai_errors import invalid

_MOST = 16
_GPT_BYTES = 50_000_000
_SMALL_BYTES = 4_000_000
_LONGEST_URL = 20_971_520
_MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp")
_FILES = ("image", "image[]", "mask")


def inputs_of_gpt(call: Call) -> list[Image.Image]:
    """The validated images of an edit by the GPT image family, with their mask."""
    images, mask = _in_json(call.json) if call.json is not None else _in_form(call)
    if not images:
        raise _refused("image", "missing_required_parameter", "Missing required parameter: 'image'")
    if len(images) > _MOST:
        raise _refused(
            "image", "array_above_max_length", f"Invalid 'image': at most {_MOST} images."
        )
    decoded = [_decode(image, _GPT_BYTES, _MEDIA_TYPES) for image in images]
    if mask is not None:
        _check_mask(mask, decoded[0])
    return decoded


def input_of_dall_e(call: Call) -> Image.Image:
    """The validated image of an edit or a variation by DALL-E, with its mask."""
    images, mask = _in_form(call)
    if len(images) != 1 or images[0].field != "image":
        raise _refused("image", "invalid_value", "Exactly one image is needed, as 'image'.")
    image = _decode(images[0], _SMALL_BYTES, ("image/png",))
    if image.width != image.height:
        raise _refused("image", "invalid_image", "Uploaded image must be a square.")
    if mask is not None:
        _check_mask(mask, image)
    return image


def _in_form(call: Call) -> tuple[list[Upload], Upload | None]:
    for upload in call.files:
        if upload.field not in _FILES:
            name = upload.field
            raise _refused(name, "unknown_parameter", f"Unknown parameter: '{name}'.")
    for name in ("image", "mask"):
        if sum(upload.field == name for upload in call.files) > 1:
            raise _refused(
                name,
                "duplicate_parameter",
                f"Duplicate parameter: '{name}'. If you are trying to provide a list of values, "
                f"use the array syntax instead e.g. '{name}[]=<value>'.",
            )
    masks = [upload for upload in call.files if upload.field == "mask"]
    images = [upload for upload in call.files if upload.field != "mask"]
    return images, masks[0] if masks else None


def _in_json(body: dict[str, Any]) -> tuple[list[Upload], Upload | None]:
    images = body.get("images")
    if not isinstance(images, list):
        raise _refused("images", "invalid_type", "'images' must be an array of images.")
    mask = body.get("mask")
    return (
        [_referred(f"images[{index}]", image) for index, image in enumerate(images)],
        None if mask is None else _referred("mask", mask),
    )


def _referred(name: str, reference: object) -> Upload:
    """The image of `{"image_url": ...}`, which must be a data URL."""
    if not isinstance(reference, dict) or set(reference) != {"image_url"}:
        raise _refused(name, "invalid_value", f"'{name}' must have an 'image_url' and no more.")
    url = str(reference["image_url"])
    if len(url) > _LONGEST_URL:
        raise _refused(name, "string_above_max_length", f"Invalid '{name}': string too long.")
    head, comma, data = url.partition(",")
    if not (comma and head.startswith("data:") and head.endswith(";base64")):
        raise _refused(name, "invalid_image_url", f"'{name}' could not be downloaded.")
    media_type = head.removeprefix("data:").removesuffix(";base64")
    try:
        return Upload(name, "", media_type, base64.b64decode(data, validate=True))
    except binascii.Error:
        raise _refused(name, "invalid_base64", f"'{name}' is not base64.") from None


def _check_mask(mask: Upload, image: Image.Image) -> None:
    decoded = _decode(mask, _SMALL_BYTES, ("image/png",))
    if "A" not in decoded.getbands():
        raise _refused(
            "mask", "invalid_image", "Invalid mask image format - mask image missing alpha channel."
        )
    if decoded.size != image.size:
        raise _refused(
            "mask",
            "invalid_image",
            "Invalid mask image format - mask size does not match image size.",
        )


def _decode(upload: Upload, most_bytes: int, media_types: tuple[str, ...]) -> Image.Image:
    name = upload.field.removesuffix("[]")
    if upload.content_type not in media_types:
        raise _refused(
            name,
            "unsupported_file_mimetype",
            f"Invalid file '{name}': unsupported mimetype ('{upload.content_type}'). Supported "
            f"file formats are {', '.join(media_types)}.",
        )
    if len(upload.content) > most_bytes:
        raise _refused(name, "file_too_large", f"'{name}' is larger than {most_bytes} bytes.")
    try:
        image = Image.open(BytesIO(upload.content))
        image.load()
    except (UnidentifiedImageError, OSError):
        raise _refused(name, "invalid_image_file", f"Invalid image file: '{name}'.") from None
    if Image.MIME[image.format or ""] != upload.content_type:
        raise _refused(name, "invalid_image_file", f"'{name}' is not what its type says.")
    return image


def _refused(param: str, code: str, message: str) -> RefusedError:
    return RefusedError(invalid(param, code, message))
