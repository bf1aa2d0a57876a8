"""Step one: read the request."""

from typing import Any

from easel.errors import BodyTooLargeError, InvalidJsonError, InvalidValueError, MediaTypeError
from easel.platform.buffers import JsonValue, LongText
from easel.platform.http import Request
from easel.wire.forms import nest
from easel.wire.requests import ImageRequest, parse_body, parse_fields
from easel.wire.sources import Sources, is_image_field, take_sources

# Far beyond the longest prompt, far below what would burden the isolate.
MAX_JSON_BYTES = 1024 * 1024

# An isolate has 128 MB for everything that happens in it at a time, of which Python takes half.
# https://developers.cloudflare.com/workers/platform/limits/
MAX_UPLOAD_BYTES = 16 * 1024 * 1024


async def read_generation(request: Request, *, may_be_empty: bool = False) -> ImageRequest:
    """Read the body of a generation.

    Args:
        request: as it came.
        may_be_empty: whether an empty body, declared as anything or as nothing, is no error.

    Raises:
        MediaTypeError: the body is not declared as JSON.
        BodyTooLargeError: it is longer than `MAX_JSON_BYTES`.
        CallerError: it is not what it should be.
    """
    if _is_json(request):
        body = await request.read(MAX_JSON_BYTES)
        return ImageRequest() if may_be_empty and not body else parse_body(body)
    if may_be_empty and await _is_empty(request):
        return ImageRequest()
    raise MediaTypeError("This route reads JSON: send the header 'content-type: application/json'.")


async def read_edit(
    request: Request, *, may_be_empty: bool = False
) -> tuple[ImageRequest, Sources]:
    """Read the body of an edit or a variation: a form or JSON, and the images in it.

    Args:
        request: as it came.
        may_be_empty: whether an empty body, declared as anything or as nothing, is no error.

    Raises:
        MediaTypeError: the body is declared as neither.
        BodyTooLargeError: it is longer than `MAX_UPLOAD_BYTES`.
        CallerError: it is not what it should be.
    """
    if request.media_type == "multipart/form-data":
        return await _read_form(request)
    if _is_json(request):
        content = await request.read_json(MAX_UPLOAD_BYTES)
        if may_be_empty and content is None:
            return ImageRequest(), Sources()
        return _read_json(content)
    if may_be_empty and await _is_empty(request):
        return ImageRequest(), Sources()
    raise MediaTypeError("This route reads multipart/form-data or application/json.")


def _is_json(request: Request) -> bool:
    return request.media_type == "application/json" or request.media_type.endswith("+json")


def _has_long_text(value: JsonValue) -> bool:
    """Whether a text in a value stayed outside Python, where only an image may."""
    if isinstance(value, list):
        return any(map(_has_long_text, value))
    if isinstance(value, dict):
        return any(map(_has_long_text, value.values()))
    return isinstance(value, LongText)


async def _is_empty(request: Request) -> bool:
    """Whether a body is empty, which its headers do not always tell: it has to be read."""
    try:
        return not await request.read(MAX_JSON_BYTES)
    except BodyTooLargeError:
        return False


async def _read_form(request: Request) -> tuple[ImageRequest, Sources]:
    form = await request.read_form(MAX_UPLOAD_BYTES)
    sources = Sources()
    for name, content in form.files:
        if not is_image_field(name):
            raise InvalidValueError(
                f"'{name}' is a file, and only images and a mask are.", param=name
            )
        sources.add(name, content)
    texts: list[tuple[str, str]] = []
    for name, text in form.texts:
        if is_image_field(name):
            if text:
                sources.add(name, text)
        elif text or name == "prompt":
            # An empty field of a form asks for nothing.
            texts.append((name, text))
    return parse_fields(nest(texts), text=True), sources


def _read_json(content: JsonValue) -> tuple[ImageRequest, Sources]:
    if not isinstance(content, dict):
        raise InvalidJsonError("The request body must be a JSON object.")
    fields: dict[str, Any] = dict(content)
    sources = take_sources(fields)
    for name, value in fields.items():
        if _has_long_text(value):
            raise InvalidValueError(
                f"Invalid value for '{name}': the text is too long or not Unicode.", param=name
            )
    return parse_fields(fields, text=False), sources
