"""Parse the text of a setting; error messages name the setting and never repeat its value."""

import base64
import binascii
from collections.abc import Callable, Mapping
from math import nan
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, StringConstraints, TypeAdapter, ValidationError

from easel.errors import ConfigurationError
from easel.settings.custom_servers import split_list

T = TypeVar("T")

# The default upper bound: larger numbers are mistakes.
_LARGEST = 1e12
_MOST_DIGITS = 12

# Takes the name of the setting, for errors, and its text, which is not empty.
Reader = Callable[[str, str], T]


def _split(models: object) -> object:
    return split_list(models) if isinstance(models, str) else models


_Alias = Annotated[str, StringConstraints(to_lower=True)]
_Model = Annotated[str, StringConstraints(strict=True, pattern=r"\S")]
_Chain = Annotated[tuple[_Model, ...], BeforeValidator(_split), Field(min_length=1)]
_ALIASES = TypeAdapter(dict[_Alias, _Chain])

# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
_WEBHOOK_PREFIX = "whsec_"
_WEBHOOK_BYTES = range(24, 64 + 1)


def read_text(_name: str, text: str) -> str:
    """Any text."""
    return text


def read_list(_name: str, text: str) -> tuple[str, ...]:
    """A comma-separated list."""
    return tuple(split_list(text))


def read_flag(name: str, text: str) -> bool:
    """`true` or `false`."""
    return read_choice("false", "true")(name, text) == "true"


def read_choice(*choices: str) -> Reader[str]:
    """One of these words; case is ignored."""

    def read(name: str, text: str) -> str:
        if text.lower() not in choices:
            words = " or ".join(f'"{choice}"' for choice in choices)
            raise ConfigurationError(f"The setting {name} must be {words}.")
        return text.lower()

    return read


def read_number(
    unit: str, start: float, most: float = _LARGEST, *, is_open: bool = False
) -> Reader[float]:
    """A number from `start` (excluded if `is_open`) to `most`."""
    low = f"above {start:g}" if is_open else f"of {start:g} or more"
    high = f", up to {most:g}" if most < _LARGEST else ""

    def read(name: str, text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = nan
        # Comparisons with NaN are false.
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
    """JSON: aliases in lower case, and the models that each one tries in turn."""
    try:
        return _ALIASES.validate_json(text)
    except ValidationError:
        raise ConfigurationError(
            f'The setting {name} must be JSON such as {{"best": ["openai/gpt-image-2", '
            '"@cf/..."]}.'
        ) from None


def read_webhook_secret(name: str, text: str) -> bytes:
    """The secret that signs webhooks, in the format of Standard Webhooks."""
    prefix, encoded = text[: len(_WEBHOOK_PREFIX)], text[len(_WEBHOOK_PREFIX) :]
    try:
        secret = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if prefix != _WEBHOOK_PREFIX or len(secret) not in _WEBHOOK_BYTES:
        raise ConfigurationError(
            f"The setting {name} must be '{_WEBHOOK_PREFIX}' and 24 to 64 bytes in base64: create "
            f"one with 'echo {_WEBHOOK_PREFIX}$(openssl rand -base64 32)'."
        )
    return secret
