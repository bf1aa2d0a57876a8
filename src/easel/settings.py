"""The owner's settings: variables and secrets of the Worker, read once and checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from pydantic_core import from_json

from easel.channels import Channel, read_channels, split_list
from easel.errors import ConfigurationError
from easel.providers.registry import PROVIDERS


@dataclass(frozen=True)
class Settings:
    """What the owner can set; the README's table says it in a user's words.

    Each is the variable of the same name in capitals, but for the last three.

    Attributes:
        default_model: the model of a generation that names none.
        default_edit_model: the same for an edit.
        default_inpainting_model: the same for an edit with a mask.
        default_variation_model: the same for a variation.
        heartbeat_seconds: between signs of life in a streamed answer.
        call_timeout_seconds: within which a call of a provider must be answered in full.
        job_timeout_seconds: within which an image must be there, whatever is tried for it.
        leave_grace_seconds: how long what was begun may go on when the client has left.
        public_base_url: where stored images are served, without a trailing slash; None for the
            Worker's own origin.
        allow_anonymous: whether callers without a key may spend the owner's money.
        allow_caller_credentials: whether callers without a key may bring credentials of providers.
        allow_private_urls: whether images may be fetched from private addresses and names.
        model_aliases: names of the owner's own, in lower case, for the models to try in turn.
        easel_api_keys: who may call; empty for nobody.
        base_urls: where providers are, by the name of the setting, where it is set.
        secrets: the owner's credentials of providers, by the name of the setting.
        channels: providers of the owner's own.
    """

    default_model: str = "@cf/black-forest-labs/flux-1-schnell"
    default_edit_model: str = "@cf/black-forest-labs/flux-2-klein-4b"
    default_inpainting_model: str = "@cf/runwayml/stable-diffusion-v1-5-inpainting"
    default_variation_model: str = "@cf/runwayml/stable-diffusion-v1-5-img2img"
    heartbeat_seconds: float = 10.0
    call_timeout_seconds: float = 150.0
    job_timeout_seconds: float = 300.0
    # Cloudflare ends what still runs 30 seconds after the client has left.
    # https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil
    leave_grace_seconds: float = 25.0
    public_base_url: str | None = None
    allow_anonymous: bool = False
    allow_caller_credentials: bool = False
    allow_private_urls: bool = False
    model_aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    easel_api_keys: tuple[str, ...] = ()
    base_urls: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    channels: tuple[Channel, ...] = ()


def read_settings(variable: Callable[[str], str | None]) -> Settings:
    """Read every setting; `variable` looks one up by name.

    Raises:
        ConfigurationError: a setting has a value that makes no sense.
    """
    read: dict[str, Any] = {}
    for known in fields(Settings):
        name = known.name.upper()
        text = (variable(name) or "").strip()
        if text and known.name in _READERS:
            read[known.name] = _READERS[known.name](name, text)
    urls = {name: variable(name) for one in PROVIDERS.values() for name in one.base_urls}
    secrets = {name: variable(name) for one in PROVIDERS.values() for name in one.secrets}
    return Settings(
        **read,
        base_urls={name: _base_url(name, text) for name, text in urls.items() if text},
        secrets={name: _list(name, text) for name, text in secrets.items() if text},
        channels=read_channels(variable),
    )


def _text(_name: str, text: str) -> str:
    return text


def _list(_name: str, text: str) -> tuple[str, ...]:
    return tuple(split_list(text))


def _flag(name: str, text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ConfigurationError(f'The setting {name} must be "true" or "false".')
    return text.lower() == "true"


def _seconds(name: str, text: str) -> float:
    seconds = _number(text)
    if not 0 < seconds <= 3600:
        raise ConfigurationError(f"The setting {name} must be a number of seconds up to 3600.")
    return seconds


def _grace(name: str, text: str) -> float:
    seconds = _number(text)
    if not 0 <= seconds <= 3600:
        raise ConfigurationError(f"The setting {name} must be a number of seconds from 0 to 3600.")
    return seconds


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


def _base_url(name: str, text: str) -> str:
    url = urlsplit(text.strip())
    if url.scheme not in ("http", "https") or not url.netloc or url.query or url.fragment:
        raise ConfigurationError(f"The setting {name} must be an http(s) URL without a query.")
    return text.strip().rstrip("/")


def _aliases(name: str, text: str) -> Mapping[str, tuple[str, ...]]:
    wrong = ConfigurationError(
        f'The setting {name} must be JSON such as {{"best": ["openai/gpt-image-2", "@cf/..."]}}.'
    )
    try:
        content = from_json(text)
    except ValueError:
        raise wrong from None
    if not isinstance(content, dict):
        raise wrong
    aliases: dict[str, tuple[str, ...]] = {}
    for alias, models in content.items():
        names = split_list(models) if isinstance(models, str) else models
        if not isinstance(names, list) or not names or not all(map(_is_name, names)):
            raise wrong
        aliases[alias.lower()] = tuple(names)
    return aliases


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


# How the text of each setting is read.
_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "default_model": _text,
    "default_edit_model": _text,
    "default_inpainting_model": _text,
    "default_variation_model": _text,
    "heartbeat_seconds": _seconds,
    "call_timeout_seconds": _seconds,
    "job_timeout_seconds": _seconds,
    "leave_grace_seconds": _grace,
    "public_base_url": _base_url,
    "allow_anonymous": _flag,
    "allow_caller_credentials": _flag,
    "allow_private_urls": _flag,
    "model_aliases": _aliases,
    "easel_api_keys": _list,
}
