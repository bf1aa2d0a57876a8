"""Read the body of a request: JSON or a form."""

from typing import Any

from easel.errors import BodyTooLargeError, InvalidJsonError, InvalidValueError, MediaTypeError
from easel.limits import MAX_JSON_BYTES, MAX_UPLOAD_BYTES
from easel.platform.buffers import JsonValue, LongText
from easel.platform.http import Request
from easel.wire.forms import nest
from easel.wire.requests import ImageRequest, parse_body, parse_fields
from easel.wire.sources import Sources, extract_sources, is_image_field


async def read_generation(request: Request, *, may_be_empty: bool = False) -> ImageRequest:
    """Read the body of a generation; with `may_be_empty` it may be empty, of any content type.

    Raises:
        MediaTypeError: the content type is not JSON.
        BodyTooLargeError: the body exceeds `MAX_JSON_BYTES`.
        CallerError: the body is invalid.
    """
    if _is_json(request):
        body = await request.read(MAX_JSON_BYTES)
        return ImageRequest() if may_be_empty and not body else parse_body(body)
    if may_be_empty and await _is_empty(request):
        return ImageRequest()
    raise MediaTypeError(
        "This route accepts JSON only: send the header 'content-type: application/json'."
    )


async def read_edit(
    request: Request, *, may_be_empty: bool = False
) -> tuple[ImageRequest, Sources]:
    """Read the body of an edit or a variation: a form or JSON, and the images in it.

    With `may_be_empty` it may be empty, of any content type.

    Raises:
        MediaTypeError: the content type is neither.
        BodyTooLargeError: the body exceeds `MAX_UPLOAD_BYTES`.
        CallerError: the body is invalid.
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
    raise MediaTypeError("This route accepts only multipart/form-data and application/json.")


def _is_json(request: Request) -> bool:
    return request.media_type == "application/json" or request.media_type.endswith("+json")


def _has_long_text(value: JsonValue) -> bool:
    """Whether a value contains a string that stayed outside Python; only an image may."""
    if isinstance(value, list):
        return any(map(_has_long_text, value))
    if isinstance(value, dict):
        return any(map(_has_long_text, value.values()))
    return isinstance(value, LongText)


async def _is_empty(request: Request) -> bool:
    """Whether a body is empty; its headers do not always say so, so it is read."""
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
                f"'{name}' must not be a file: only images and a mask can be files.", param=name
            )
        sources.add(name, content)
    texts: list[tuple[str, str]] = []
    for name, text in form.texts:
        if is_image_field(name):
            if text:
                sources.add(name, text)
        elif text or name == "prompt":
            # Browsers and SDKs send unused form fields as empty strings.
            texts.append((name, text))
    return parse_fields(nest(texts), text=True), sources


def _read_json(content: JsonValue) -> tuple[ImageRequest, Sources]:
    if not isinstance(content, dict):
        raise InvalidJsonError("The request body must be a JSON object.")
    fields: dict[str, Any] = dict(content)
    sources = extract_sources(fields)
    for name, value in fields.items():
        if _has_long_text(value):
            raise InvalidValueError(
                f"Invalid value for '{name}': the text is too long or is not valid Unicode.",
                param=name,
            )
    return parse_fields(fields, text=False), sources
