"""The input images of Stability AI's services."""

from io import BytesIO
from math import sqrt

from PIL import Image, UnidentifiedImageError

from fakes.answers import RefusedError
from fakes.calls import Call, Upload
from fakes.fields import Invalid
from fakes.stability_services import Service

_LEAST_SIDE = 64
_LEAST_PIXELS = 4096
_MEGAPIXEL = 1024 * 1024
# The field that the official samples add to make a request without files a multipart form.
_DUMMY = "none"


def check_inputs(call: Call, service: Service, invalid: Invalid) -> Image.Image | None:
    """The validated image of a call, with its mask; None if the service needs none."""
    files: dict[str, Image.Image] = {}
    for upload in call.files:
        if upload.field == _DUMMY and not upload.content:
            continue
        if upload.field not in service.files or upload.field in files:
            raise RefusedError(invalid(upload.field, "", "is not expected"))
        files[upload.field] = _decode(upload, service, invalid)
    for name, needed in service.files.items():
        if needed and name not in files:
            raise RefusedError(invalid(name, "", "is required"))
    if "mask" in files and "A" in files["mask"].getbands():
        raise RefusedError(invalid("mask", "", "must be black and white"))
    return files.get("image")


def size_of(image: Image.Image, service: Service) -> tuple[int, int]:
    """The output size of an edit: that of the image, or a megapixel in its aspect ratio."""
    if not service.is_new:
        return image.size
    scale = sqrt(_MEGAPIXEL / (image.width * image.height))
    return round(image.width * scale), round(image.height * scale)


def _decode(upload: Upload, service: Service, invalid: Invalid) -> Image.Image:
    try:
        image = Image.open(BytesIO(upload.content))
        image.load()
    except (UnidentifiedImageError, OSError):
        raise RefusedError(invalid(upload.field, "", "is no image")) from None
    if image.format not in ("PNG", "JPEG", "WEBP"):
        raise RefusedError(invalid(upload.field, "", "must be a png, jpeg or webp"))
    pixels = image.width * image.height
    if min(image.size) < _LEAST_SIDE or not _LEAST_PIXELS <= pixels <= service.most_pixels:
        raise RefusedError(invalid(upload.field, "", "has too few or too many pixels"))
    return image
