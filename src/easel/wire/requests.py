"""Bodies of requests.

The envelope that every model shares is a pydantic model; whatever else a body holds is kept as
`model_extra` and checked against the model's card, which knows what the model takes.
https://platform.openai.com/docs/api-reference/images/create
"""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from easel.errors import CallerError, InvalidJsonError, InvalidValueError, MissingParameterError
from easel.size import Size, parse_size


def _size(value: object) -> object:
    return None if value == "auto" else parse_size(value) if isinstance(value, str) else value


class GenerationRequest(BaseModel):
    """Body of `POST /v1/images/generations`.

    Attributes:
        size: in pixels; None for `auto`.
        user: OpenAI's field for the caller's own end-user id; accepted and not passed on.
        drop_params: leave out parameters that the model lacks instead of refusing them.
    """

    model_config = ConfigDict(extra="allow", strict=True)

    # What each field takes, in the words of an error message.
    EXPECTED: ClassVar[dict[str, str]] = {
        "prompt": "a text that is not empty",
        "model": "the id of a model",
        "n": "an integer from 1 to 10",
        "size": "WIDTHxHEIGHT in pixels, such as 1024x1024, or auto",
        "response_format": "url or b64_json",
        "user": "a string",
        "drop_params": "true or false",
    }

    prompt: Annotated[str, Field(min_length=1, pattern=r"\S")]
    model: Annotated[str, Field(min_length=1)] | None = None
    n: Annotated[int, Field(ge=1, le=10)] | None = None
    size: Annotated[Size | None, BeforeValidator(_size)] = None
    response_format: Literal["url", "b64_json"] | None = None
    user: str | None = None
    drop_params: bool | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """What the body holds beside the envelope; a null asks for nothing."""
        extra = self.model_extra or {}
        return {name: value for name, value in extra.items() if value is not None}


def parse_generation(body: bytes) -> GenerationRequest:
    """Read a body.

    Raises:
        CallerError: the body is no JSON object, or a field of the envelope is missing or wrong.
    """
    try:
        return GenerationRequest.model_validate_json(body)
    except ValidationError as error:
        raise _explain(error, body) from None


def _explain(error: ValidationError, body: bytes) -> CallerError:
    """Say the first thing that is wrong, in OpenAI's terms."""
    first = error.errors(include_url=False, include_context=False)[0]
    if not first["loc"]:
        return _explain_json(first["type"], first["msg"], body)
    name = str(first["loc"][0])
    expected = GenerationRequest.EXPECTED[name]
    missing = first["type"] == "missing" or (name == "prompt" and first["input"] is None)
    if missing:
        return MissingParameterError(
            f"Missing required parameter: '{name}' ({expected}).", param=name
        )
    return InvalidValueError(
        f"Invalid value for '{name}': expected {expected}, got {shown(first['input'])}.", param=name
    )


# Surrogate escapes in JSON: a proper pair, or half of one.
_SURROGATES = re.compile(rb"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[dD][89a-fA-F]..")
_NONCHARACTER = "\uffff"


def _explain_json(kind: str, message: str, body: bytes) -> CallerError:
    if kind != "json_invalid":
        return InvalidJsonError("The request body must be a JSON object.")
    if "hex escape" in message and (name := _field_with_lone_surrogate(body)):
        return InvalidValueError(
            f"Invalid value for '{name}': it contains half of a surrogate pair, "
            "which is no Unicode text.",
            param=name,
        )
    reason = message.removeprefix("Invalid JSON: ")
    return InvalidJsonError(f"The request body is not valid JSON: {reason}.")


def _field_with_lone_surrogate(body: bytes) -> str | None:
    """Find the field that spoils the JSON, by reading it with lone surrogates replaced."""
    marked = _SURROGATES.sub(
        lambda match: match[0] if len(match[0]) == len(rb"\ud800\udc00") else rb"\uffff", body
    )
    try:
        # Not json.loads: deep nesting overflows the stack of Pyodide's C scanner and kills the
        # whole isolate, where this parser has a limit.
        content = from_json(marked)
    except ValueError:
        return None
    fields = content.items() if isinstance(content, dict) else ()
    return next((name for name, value in fields if _NONCHARACTER in str(value)), None)


def shown(value: object) -> str:
    """A caller's value as an error message repeats it: short, printable, on one line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (list, dict)):
        return "an array" if isinstance(value, list) else "an object"
    if isinstance(value, str):
        text = value if len(value) <= 40 else value[:40] + "..."
        return ascii(text) if not text.isprintable() else f"'{text}'"
    text = str(value)
    return text if len(text) <= 40 else text[:40] + "..."
