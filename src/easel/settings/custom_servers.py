"""The owner's custom servers with OpenAI's API: LocalAI, vLLM, bridges to ComfyUI, ...

The settings call a custom server a channel. `CUSTOM_CHANNELS_JSON` has the form
`{"channels": [{"id": ..., "baseUrl": ..., ...}]}`; `CUSTOM_CHANNEL_1_ID`, `CUSTOM_CHANNEL_1_URL`
and so on, up to 20, set one field each.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from easel.errors import ConfigurationError

PREFIX = "custom/"
_MOST_NUMBERED = 20

# The numbered variables whose values are validated, by field.
_VARIABLES = {"id": "ID", "baseUrl": "URL", "auth.type": "AUTH_TYPE", "sizeAs": "SIZE_AS"}


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


def _pairs(value: object) -> object:
    # Hashable, because values derived from channels are cached by channel.
    return tuple(value.items()) if isinstance(value, Mapping) else value


class Auth(_Table):
    """How easel authenticates to a channel.

    Attributes:
        type: `bearer`; `api-key`, a separate header; or `none`.
        optional: whether the channel also works without a token.
        header_name: the header; None for the default of the type.
        prefix: text before the token; None for the default of the type.
    """

    type: Literal["bearer", "api-key", "none"] = "bearer"
    optional: bool = False
    header_name: str | None = None
    prefix: str | None = None


class Endpoints(_Table):
    """Paths relative to the base URL, or absolute URLs."""

    image: str = "/images/generations"
    edit: str = "/images/edits"


class Model(_Table):
    """A model of a channel."""

    id: Annotated[str, Field(min_length=1)]
    name: str | None = None


class Channel(_Table):
    """A custom server.

    Attributes:
        id: the ID in `custom/ID/MODEL`.
        base_url: with `/v1`, without a trailing slash.
        headers: more headers of every call.
        tokens: the owner's credentials.
        image_models: models to list; other model names are passed on unchanged.
        size_as: whether sizes are sent as `size`, or as `width` and `height`.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,40}$")]
    name: str | None = None
    base_url: str
    auth: Auth = Auth()
    endpoints: Endpoints = Endpoints()
    headers: Annotated[tuple[tuple[str, str], ...], BeforeValidator(_pairs)] = ()
    tokens: tuple[str, ...] = ()
    image_models: tuple[Model, ...] = ()
    size_as: Literal["size", "width_height"] = "size"

    @property
    def provider(self) -> str:
        """Its name as a provider, which is the prefix of its models."""
        return f"{PREFIX}{self.id}"


class _Channels(_Table):
    channels: tuple[Channel, ...] = ()


def read_channels(variable: Callable[[str], str | None]) -> tuple[Channel, ...]:
    """Read all channels; `variable` looks up a variable by name.

    Raises:
        ConfigurationError: a channel is invalid; the message names the setting.
    """
    channels: list[Channel] = []
    text = variable("CUSTOM_CHANNELS_JSON")
    if text and text.strip():
        channels += _validate(
            _Channels.model_validate_json,
            text,
            lambda place: f"CUSTOM_CHANNELS_JSON is invalid at '{place}'",
        ).channels
    channels += _numbered(variable)
    for channel in channels:
        url = urlsplit(channel.base_url)
        if url.scheme not in ("http", "https") or not url.netloc or url.query:
            raise ConfigurationError(
                f"The base URL of the channel {channel.id} must be an http(s) URL."
            )
    if len({channel.id.lower() for channel in channels}) < len(channels):
        raise ConfigurationError("Two custom channels have the same id.")
    return tuple(channels)


def _numbered(variable: Callable[[str], str | None]) -> Iterator[Channel]:
    for number in range(1, _MOST_NUMBERED + 1):
        start = f"CUSTOM_CHANNEL_{number}_"

        def get(name: str, start: str = start) -> str | None:
            return (variable(start + name) or "").strip() or None

        def describe_error(place: str, start: str = start) -> str:
            return f"{start}{_VARIABLES[place]} is missing or invalid"

        if get("ID") is None and get("URL") is None:
            continue
        auth = {"type": get("AUTH_TYPE"), "headerName": get("AUTH_HEADER")}
        if variable(f"{start}AUTH_PREFIX") is not None:
            # Not stripped: the prefix may end with a space.
            auth["prefix"] = variable(f"{start}AUTH_PREFIX")
        fields: dict[str, object] = {
            "id": get("ID"),
            "baseUrl": get("URL"),
            "name": get("NAME"),
            "auth": _without_none(auth),
            "endpoints": _without_none(
                {"image": get("IMAGE_ENDPOINT"), "edit": get("EDIT_ENDPOINT")}
            ),
            "tokens": split_list(get("TOKENS") or get("KEY")),
            "imageModels": [{"id": name} for name in split_list(get("IMAGE_MODELS"))],
            "sizeAs": get("SIZE_AS"),
        }
        yield _validate(Channel.model_validate, _without_none(fields), describe_error)


def _without_none(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def split_list(text: str | None) -> list[str]:
    """Split a comma-separated list; empty parts are dropped."""
    return [part for part in map(str.strip, (text or "").split(",")) if part]


def _validate(
    validate: Callable[[Any], Any], value: object, describe_error: Callable[[str], str]
) -> Any:
    """Validate a value; `describe_error` makes the message for a place in it."""
    try:
        return validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigurationError(f"The setting {describe_error(place)}.") from None
