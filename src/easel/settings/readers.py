"""How the text of a setting is read; the errors name the setting and never repeat the text."""

import base64
import binascii
from collections.abc import Callable, Mapping
from math import nan
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic_core import from_json

from easel.errors import ConfigurationError
from easel.settings.custom_servers import split_list

T = TypeVar("T")

# Of what has no bound of its own; larger numbers are mistakes.
_LARGEST = 1e12
_MOST_DIGITS = 12

# Takes the name of the setting, for errors, and its text, which is not empty.
Reader = Callable[[str, str], T]

# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
_WEBHOOK_PREFIX = "whsec_"
_WEBHOOK_BYTES = range(24, 64 + 1)


def read_text(_name: str, text: str) -> str:
    """Any text."""
    return text


def read_list(_name: str, text: str) -> tuple[str, ...]:
    """A list with commas."""
    return tuple(split_list(text))


def read_flag(name: str, text: str) -> bool:
    """`true` or `false`."""
    return read_choice("false", "true")(name, text) == "true"


def read_choice(*choices: str) -> Reader[str]:
    """One of these words, in any case."""

    def read(name: str, text: str) -> str:
        if text.lower() not in choices:
            words = " or ".join(f'"{choice}"' for choice in choices)
            raise ConfigurationError(f"The setting {name} must be {words}.")
        return text.lower()

    return read


def read_number(
    unit: str, start: float, most: float = _LARGEST, *, is_open: bool = False
) -> Reader[float]:
    """A number of some unit from `start`, which itself is left out if `is_open`, to `most`."""
    low = f"above {start:g}" if is_open else f"of {start:g} or more"
    high = f", up to {most:g}" if most < _LARGEST else ""

    def read(name: str, text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = nan
        # What is no number is never within.
        if not start <= number <= most or (is_open and number == start):
            raise ConfigurationError(f"The setting {name} must be a number of {unit} {low}{high}.")
        return number

    return read


def read_count(name: str, text: str) -> int:
    """A whole number, 0 or more."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise ConfigurationError(f"The setting {name} must be a whole number, 0 or more.")
    return int(text)


def read_base_url(name: str, text: str) -> str:
    """An `http` or `https` URL, without its trailing slash."""
    wrong = ConfigurationError(f"The setting {name} must be an http(s) URL without a query.")
    try:
        url = urlsplit(text)
    except ValueError:
        raise wrong from None
    if url.scheme not in ("http", "https") or not url.netloc or url.query or url.fragment:
        raise wrong
    return text.rstrip("/")


def read_aliases(name: str, text: str) -> Mapping[str, tuple[str, ...]]:
    """JSON: names in lower case, and the models that each stands for."""
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


def read_webhook_secret(name: str, text: str) -> bytes:
    """What webhooks are signed with, as Standard Webhooks writes it."""
    prefix, encoded = text[: len(_WEBHOOK_PREFIX)], text[len(_WEBHOOK_PREFIX) :]
    try:
        secret = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if prefix != _WEBHOOK_PREFIX or len(secret) not in _WEBHOOK_BYTES:
        raise ConfigurationError(
            f"The setting {name} must be '{_WEBHOOK_PREFIX}' and 24 to 64 bytes in base64: make "
            f"one with 'echo {_WEBHOOK_PREFIX}$(openssl rand -base64 32)'."
        )
    return secret


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""
