"""The owner's API keys, from the secret `EASEL_API_KEYS`.

The simple form is a comma-separated list: `KEY, KEY, sha256:HEX`. In JSON each key can have a name
and limits: `[{"name": "alice", "key": "...", "budget_usd_per_day": 2}, "KEY"]`, or by name,
`{"alice": "KEY", "bob": {"sha256": "HEX", "admin": true}}`.

Error messages identify an entry by its position and never repeat a value. They do not repeat names
either, because an owner may have written a key in place of a name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import combinations
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from easel.errors import ConfigurationError
from easel.settings.custom_servers import split_list
from easel.settings.weak_keys import weakness_of_digest, weakness_of_key

ANONYMOUS = "anonymous"
CALLER_PREFIX = "caller-"
_UNNAMED_PREFIX = "key-"
_DIGEST_PREFIX = "sha256:"


@dataclass(frozen=True)
class Limits:
    """The limits of a key; None for no limit.

    Attributes:
        usd_per_day: US dollars, from midnight to midnight UTC.
        images_per_day: images in the same time, whatever they cost.
        requests_per_minute: requests that generate images.
    """

    usd_per_day: float | None = None
    images_per_day: int | None = None
    requests_per_minute: int | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True)
class Key:
    """One of the owner's API keys.

    Attributes:
        name: its holder in the log, the usage and the library; several keys can share a name.
        digest: SHA-256 of the key.
        limits: limits of the name, shared by all its keys.
        is_admin: whether it may read the usage of all keys.
    """

    name: str
    digest: bytes
    limits: Limits = NO_LIMITS
    is_admin: bool = False


def _check_name(name: str) -> str:
    is_valid = re.fullmatch(r"[A-Za-z0-9._ -]{1,64}", name) and any(map(str.isalnum, name))
    if not is_valid or name != name.strip():
        raise ValueError("not a name")
    return name


class _Entry(BaseModel):
    """An entry as an object; it has either `key` or `sha256`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    # The expected value of each field, for error messages.
    EXPECTED: ClassVar[Mapping[str, str]] = {
        "name": "1 to 64 letters (a to z), digits, dots, hyphens, underscores or spaces",
        "key": "text",
        "sha256": "64 hexadecimal digits",
        "admin": "true or false",
        "budget_usd_per_day": "a number of US dollars, 0 or more",
        "budget_images_per_day": "a whole number, 0 or more",
        "requests_per_minute": "a whole number, 1 or more",
    }

    name: Annotated[str, AfterValidator(_check_name)] | None = None
    key: str | None = None
    sha256: str | None = None
    admin: bool | None = None
    budget_usd_per_day: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    budget_images_per_day: Annotated[int, Field(ge=0)] | None = None
    requests_per_minute: Annotated[int, Field(ge=1)] | None = None


_ALL_FIELDS = ", ".join(f"'{field}'" for field in _Entry.EXPECTED)


def read_keys(setting: str, text: str) -> tuple[Key, ...]:
    """Read the keys from the text of a setting.

    Raises:
        ConfigurationError: the text is invalid or a key is weak; the message names the setting and
            the position of the entry, and repeats nothing of it.
    """
    keys: list[Key] = []
    may_be_admin = True
    for position, content in enumerate(_entries(setting, text), start=1):
        try:
            entry = _validate(content)
            keys.append(_key(entry))
        except ValueError as error:
            raise ConfigurationError(f"The setting {setting}, entry {position}: {error}.") from None
        may_be_admin = may_be_admin and entry.admin is not False
    _check_names(setting, keys)
    if len({key.name for key in keys}) == 1 and may_be_admin:
        keys = [replace(key, is_admin=True) for key in keys]
    return tuple(dict.fromkeys(keys))


def _entries(setting: str, text: str) -> Iterator[dict[str, Any]]:
    """Every entry as an object, from any of the three forms."""
    if not text.lstrip().startswith(("[", "{")):
        yield from ({"key": key} for key in split_list(text))
        return
    try:
        content = from_json(text)
    except ValueError:
        raise ConfigurationError(
            f"The setting {setting} starts like JSON, but is not valid JSON: it must be a "
            'comma-separated list, or JSON such as [{"name": "alice", "key": "..."}].'
        ) from None
    pairs = content.items() if isinstance(content, dict) else ((None, one) for one in content)
    for position, (name, value) in enumerate(pairs, start=1):
        entry = {"key": value} if isinstance(value, str) else value
        if not isinstance(entry, dict):
            raise ConfigurationError(
                f"The setting {setting}, entry {position}: it must be a key, or an object with "
                f"{_ALL_FIELDS}."
            )
        if name is not None and "name" in entry:
            raise ConfigurationError(
                f"The setting {setting}, entry {position}: it already has a name, so 'name' is not "
                "allowed."
            )
        yield entry if name is None else {**entry, "name": name}


def _validate(content: Mapping[str, Any]) -> _Entry:
    """Validate an entry.

    Raises:
        ValueError: with the problem, as a clause about the entry.
    """
    try:
        entry = _Entry.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "extra_forbidden":
            raise ValueError(f"it has an unknown field; the fields are {_ALL_FIELDS}") from None
        field = str(first["loc"][0])
        raise ValueError(f"'{field}' must be {_Entry.EXPECTED[field]}") from None
    if (entry.key is None) == (entry.sha256 is None):
        raise ValueError("it must have either 'key' or 'sha256'")
    return entry


def _key(entry: _Entry) -> Key:
    digest = _digest(entry.key) if entry.key is not None else _from_hex(entry.sha256 or "")
    name = entry.name
    if name is not None and name.lower().startswith((CALLER_PREFIX, _UNNAMED_PREFIX)):
        raise ValueError(
            f"names that start with '{CALLER_PREFIX}' or '{_UNNAMED_PREFIX}' are reserved for easel"
        )
    if name is not None and name.lower() == ANONYMOUS:
        raise ValueError(f"the name '{ANONYMOUS}' is reserved for easel")
    limits = Limits(
        entry.budget_usd_per_day, entry.budget_images_per_day, entry.requests_per_minute
    )
    default_name = f"{_UNNAMED_PREFIX}{digest.hex()[:8]}"
    return Key(name or default_name, digest, limits, entry.admin or False)


def _digest(text: str) -> bytes:
    key = text.strip()
    if key.lower().startswith(_DIGEST_PREFIX):
        return _from_hex(key[len(_DIGEST_PREFIX) :])
    weakness = weakness_of_key(key)
    if weakness is not None:
        raise ValueError(f"the key {weakness}; create a good one with 'openssl rand -hex 32'")
    return sha256(key.encode()).digest()


def _from_hex(text: str) -> bytes:
    if not re.fullmatch(r"[0-9A-Fa-f]{64}", text.strip()):
        raise ValueError("a SHA-256 must be 64 hexadecimal digits")
    digest = bytes.fromhex(text)
    weakness = weakness_of_digest(digest)
    if weakness is not None:
        raise ValueError(f"the SHA-256 {weakness}")
    return digest


def _check_names(setting: str, keys: Sequence[Key]) -> None:
    for (position, one), (later, other) in combinations(enumerate(keys, start=1), 2):
        entries = f"The setting {setting}, entries {position} and {later}:"
        if one.name == other.name and replace(one, digest=other.digest) != other:
            raise ConfigurationError(
                f"{entries} keys with the same name must have the same limits and the same 'admin'."
            )
        if one.name != other.name and one.digest == other.digest:
            raise ConfigurationError(f"{entries} they are the same key with two names.")
