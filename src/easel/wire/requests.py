"""Bodies of requests for images.

A pydantic model has the fields that all models share. All other fields are kept in `model_extra`
and validated later, against the model card.
https://platform.openai.com/docs/api-reference/images
"""

import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic_core import from_json

from easel.errors import CallerError, InvalidJsonError, InvalidValueError, MissingParameterError
from easel.platform.size import Ratio, Size, parse_ratio, parse_size
from easel.wire.model_names import LONGEST_MODEL_NAME, ModelNames
from easel.wire.numbers import is_finite


def _size(value: object) -> object:
    return None if value == "auto" else parse_size(value) if isinstance(value, str) else value


def _ratio(value: object) -> object:
    return None if value == "auto" else parse_ratio(value) if isinstance(value, str) else value


Side = Annotated[int, Field(ge=1, le=99999)]


class ImageRequest(BaseModel):
    """The body of a generation, an edit or a variation.

    Attributes:
        size: in pixels; None for `auto`.
        user: OpenAI's field for an end-user id; accepted and ignored.
        drop_params: drop parameters that the model does not support instead of refusing them.
        webhook: URL to call when the job has ended.
        cache: whether a stored image may be returned; None for the owner's default.
        is_text: whether all other parameters are strings, because they come from a form.
    """

    model_config = ConfigDict(extra="allow", strict=True)

    # The expected value of each field, for error messages.
    EXPECTED: ClassVar[dict[str, str]] = {
        "prompt": "a non-empty string",
        "model": f"a model id of at most {LONGEST_MODEL_NAME} characters",
        "n": "an integer from 1 to 10",
        "size": "WIDTHxHEIGHT in pixels, such as 1024x1024, or auto",
        "width": "a width in pixels, from 1 to 99999",
        "height": "a height in pixels, from 1 to 99999",
        "aspect_ratio": "WIDTH:HEIGHT from 1:20 to 20:1, such as 16:9, or auto",
        "response_format": "url or b64_json",
        "output_format": "png, jpeg or webp",
        "output_compression": "an integer from 0 to 100",
        "stream": "true or false",
        "partial_images": "an integer from 0 to 3",
        "user": "a string",
        "drop_params": "true or false",
        "webhook": "a URL of at most 2000 characters",
        "cache": "true or false",
    }

    prompt: Annotated[str, Field(min_length=1, pattern=r"\S")] | None = None
    model: ModelNames | None = None
    n: Annotated[int, Field(ge=1, le=10)] | None = None
    size: Annotated[Size | None, BeforeValidator(_size)] = None
    width: Side | None = None
    height: Side | None = None
    aspect_ratio: Annotated[Ratio | None, BeforeValidator(_ratio)] = None
    response_format: Literal["url", "b64_json", "base64"] | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = None
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    stream: bool | None = None
    partial_images: Annotated[int, Field(ge=0, le=3)] | None = None
    user: str | None = None
    drop_params: bool | None = None
    webhook: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    cache: bool | None = None

    _is_text: bool = PrivateAttr(default=False)

    @property
    def is_text(self) -> bool:  # noqa: D102 - among the attributes above
        return self._is_text

    @property
    def is_background(self) -> bool:
        """Whether the body asks for a background request.

        `background` has two meanings: a boolean is the flag of OpenAI's responses API, a string
        is the background of the image. https://platform.openai.com/docs/guides/background
        """
        return self._background_flag() is True

    @property
    def parameters(self) -> dict[str, Any]:
        """All other fields of the body, except those that are null."""
        taken = () if self._background_flag() is None else ("background",)
        extra = self.model_extra or {}
        return {
            name: value for name, value in extra.items() if value is not None and name not in taken
        }

    def _background_flag(self) -> bool | None:
        value = (self.model_extra or {}).get("background")
        if self.is_text and value in ("true", "false"):
            return bool(value == "true")
        return value if isinstance(value, bool) else None

    def requested_size(self) -> Size | Ratio | None:
        """The requested size or aspect ratio, from `size`, `width` and `height`, or `aspect_ratio`.

        Raises:
            InvalidValueError: the fields contradict each other.
            MissingParameterError: only one of width and height is given.
        """
        sides = None
        if self.width is not None or self.height is not None:
            if self.width is None or self.height is None:
                missing = "width" if self.width is None else "height"
                raise MissingParameterError(
                    f"Missing required parameter: '{missing}' (send width and height together).",
                    param=missing,
                )
            sides = Size(self.width, self.height)
        requested = [one for one in (self.size, sides, self.aspect_ratio) if one is not None]
        if len(set(requested)) > 1:
            raise InvalidValueError(
                "Conflicting sizes: 'size', 'width' with 'height', and 'aspect_ratio' must agree. "
                "Send only one of them.",
                param="size" if self.size is not None else "aspect_ratio",
            )
        return requested[0] if requested else None


def parse_body(body: bytes) -> ImageRequest:
    """Read a JSON body; a byte order mark is ignored, which RFC 8259, 8.1 allows.

    Raises:
        CallerError: the body is not a JSON object, or a field is invalid.
    """
    body = body.removeprefix(BOM_UTF8)
    try:
        request = ImageRequest.model_validate_json(body)
    except ValidationError as error:
        raise _explain(error, body) from None
    for name, value in (request.model_extra or {}).items():
        if not is_finite(value):
            raise InvalidValueError(
                f"Invalid value for '{name}': a number in it is too large or not finite.",
                param=name,
            )
    return request


def parse_fields(fields: Mapping[str, Any], *, text: bool) -> ImageRequest:
    """Read the fields of a JSON object; with `text`, those of a form, where "2" is a number.

    Raises:
        CallerError: a field is invalid.
    """
    try:
        request = ImageRequest.model_validate(dict(fields), strict=not text)
    except ValidationError as error:
        raise _explain(error, b"") from None
    request._is_text = text
    return request


def require_prompt(request: ImageRequest) -> str:
    """The prompt, for routes that require one.

    Raises:
        MissingParameterError: the request has no prompt.
    """
    if request.prompt is None:
        raise MissingParameterError(
            f"Missing required parameter: 'prompt' ({ImageRequest.EXPECTED['prompt']}).",
            param="prompt",
        )
    return request.prompt


def _explain(error: ValidationError, body: bytes) -> CallerError:
    """Convert the first validation error to an error of ours."""
    first = error.errors(include_url=False, include_context=False)[0]
    if not first["loc"]:
        return _explain_json(first["type"], first["msg"], body)
    name = str(first["loc"][0])
    expected = ImageRequest.EXPECTED[name]
    return InvalidValueError(
        f"Invalid value for '{name}': expected {expected}, got {shown(first['input'])}.", param=name
    )


# Surrogate escapes in JSON: a valid pair, or half of one.
_SURROGATES = re.compile(rb"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[dD][89a-fA-F]..")
_NONCHARACTER = "\uffff"


def _explain_json(kind: str, message: str, body: bytes) -> CallerError:
    if kind != "json_invalid":
        return InvalidJsonError("The request body must be a JSON object.")
    if "hex escape" in message and (name := _field_with_lone_surrogate(body)):
        return InvalidValueError(
            f"Invalid value for '{name}': it contains half of a surrogate pair, "
            "which is not valid Unicode.",
            param=name,
        )
    reason = message.removeprefix("Invalid JSON: ")
    return InvalidJsonError(f"The request body is not valid JSON: {reason}.")


def _field_with_lone_surrogate(body: bytes) -> str | None:
    """Find the field with a lone surrogate, by parsing the body with lone surrogates replaced."""
    marked = _SURROGATES.sub(
        lambda match: match[0] if len(match[0]) == len(rb"\ud800\udc00") else rb"\uffff", body
    )
    try:
        # Not json.loads: deep nesting overflows the stack of Pyodide's C scanner and kills the
        # isolate; this parser has a depth limit.
        content = from_json(marked)
    except ValueError:
        return None
    fields = content.items() if isinstance(content, dict) else ()
    return next((name for name, value in fields if _NONCHARACTER in str(value)), None)


def shown(value: object) -> str:
    """Format a caller's value for an error message: short, printable, on one line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (list, dict)):
        return "an array" if isinstance(value, list) else "an object"
    if isinstance(value, str):
        text = value if len(value) <= 40 else value[:40] + "..."
        return ascii(text) if not text.isprintable() else f"'{text}'"
    text = str(value)
    return text if len(text) <= 40 else text[:40] + "..."
