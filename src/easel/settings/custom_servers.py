"""Servers of the owner's own choice that speak OpenAI's API: LocalAI, vLLM, bridges to ComfyUI, ...

They are described in settings. `CUSTOM_CHANNELS_JSON` holds
`{"channels": [{"id": ..., "baseUrl": ..., ...}]}`; `CUSTOM_CHANNEL_1_ID`, `CUSTOM_CHANNEL_1_URL`
and so on up to 20 say the same a variable each.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from easel.errors import ConfigurationError

PREFIX = "custom/"
_MOST_NUMBERED = 20

# Of the variables of a channel those that may be wrong, by what they are for.
_VARIABLES = {"id": "ID", "baseUrl": "URL", "auth.type": "AUTH_TYPE", "sizeAs": "SIZE_AS"}


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


def _pairs(value: object) -> object:
    # Pairs can be hashed, which what is made of channels once is found again by.
    return tuple(value.items()) if isinstance(value, Mapping) else value


class Auth(_Table):
    """How a channel is shown its token.

    Attributes:
        type: `bearer`; `api-key`, a header of its own; or `none`.
        optional: whether it works without a token, too.
        header_name: the header, where it is not the type's usual one.
        prefix: what stands before the token, likewise.
    """

    type: Literal["bearer", "api-key", "none"] = "bearer"
    optional: bool = False
    header_name: str | None = None
    prefix: str | None = None


class Endpoints(_Table):
    """Paths below the base URL, or absolute URLs."""

    image: str = "/images/generations"
    edit: str = "/images/edits"


class Model(_Table):
    """A model of a channel."""

    id: Annotated[str, Field(min_length=1)]
    name: str | None = None


class Channel(_Table):
    """One such server.

    Attributes:
        id: its name in `custom/ID/MODEL`.
        base_url: `/v1` included, without a trailing slash.
        headers: sent with every call.
        tokens: the owner's.
        image_models: what it has; other names are passed on as they are.
        size_as: whether sizes are told as `size`, or as `width` and `height`.
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
        """The provider's name that it has, and that begins the names of its models."""
        return f"{PREFIX}{self.id}"


class _Channels(_Table):
    channels: tuple[Channel, ...] = ()


def read_channels(variable: Callable[[str], str | None]) -> tuple[Channel, ...]:
    """Read every channel from the settings; `variable` looks one up by name.

    Raises:
        ConfigurationError: one makes no sense; the message names the setting.
    """
    channels: list[Channel] = []
    text = variable("CUSTOM_CHANNELS_JSON")
    if text and text.strip():
        channels += _validate(
            _Channels.model_validate_json,
            text,
            lambda place: f"CUSTOM_CHANNELS_JSON is wrong at '{place}'",
        ).channels
    channels += _numbered(variable)
    for channel in channels:
        url = urlsplit(channel.base_url)
        if url.scheme not in ("http", "https") or not url.netloc or url.query:
            raise ConfigurationError(f"The base URL of the channel {channel.id} is no http(s) URL.")
    if len({channel.id.lower() for channel in channels}) < len(channels):
        raise ConfigurationError("Two custom channels have the same id.")
    return tuple(channels)


def _numbered(variable: Callable[[str], str | None]) -> Iterator[Channel]:
    for number in range(1, _MOST_NUMBERED + 1):
        start = f"CUSTOM_CHANNEL_{number}_"

        def get(name: str, start: str = start) -> str | None:
            return (variable(start + name) or "").strip() or None

        def complain(place: str, start: str = start) -> str:
            return f"{start}{_VARIABLES[place]} is missing or makes no sense"

        if get("ID") is None and get("URL") is None:
            continue
        auth = {"type": get("AUTH_TYPE"), "headerName": get("AUTH_HEADER")}
        if variable(f"{start}AUTH_PREFIX") is not None:
            # Not stripped: a scheme ends with a space.
            auth["prefix"] = variable(f"{start}AUTH_PREFIX")
        fields: dict[str, object] = {
            "id": get("ID"),
            "baseUrl": get("URL"),
            "name": get("NAME"),
            "auth": _given(auth),
            "endpoints": _given({"image": get("IMAGE_ENDPOINT"), "edit": get("EDIT_ENDPOINT")}),
            "tokens": split_list(get("TOKENS") or get("KEY")),
            "imageModels": [{"id": name} for name in split_list(get("IMAGE_MODELS"))],
            "sizeAs": get("SIZE_AS"),
        }
        yield _validate(Channel.model_validate, _given(fields), complain)


def _given(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def split_list(text: str | None) -> list[str]:
    """The parts of a comma-separated list."""
    return [part for part in map(str.strip, (text or "").split(",")) if part]


def _validate(validate: Callable[[Any], Any], value: object, complain: Callable[[str], str]) -> Any:
    """`complain` says what is wrong of a place in the value."""
    try:
        return validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigurationError(f"The setting {complain(place)}.") from None
