"""The owner's keys, as the secret `EASEL_API_KEYS` holds them.

In its simple form it is a list with commas: `KEY, KEY, sha256:HEX`. In JSON each may have a name
and limits: `[{"name": "alice", "key": "...", "budget_usd_per_day": 2}, "KEY"]`, or by name,
`{"alice": "KEY", "bob": {"sha256": "HEX", "admin": true}}`.

Errors say which entry they are about by its place. Names are not repeated either: where somebody
has taken one for the other, the name is the key.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import combinations
from math import isfinite
from typing import Any

from pydantic_core import from_json

from easel.errors import ConfigurationError
from easel.settings.custom_servers import split_list
from easel.settings.weak_keys import objection_to_digest, objection_to_key

ANONYMOUS = "anonymous"
CALLER_PREFIX = "caller-"
_UNNAMED_PREFIX = "key-"
_DIGEST_PREFIX = "sha256:"


@dataclass(frozen=True)
class Limits:
    """What a key may spend; None where it has no limit of its own.

    Attributes:
        usd_per_day: US dollars, from midnight to midnight UTC.
        images_per_day: likewise; every image counts, whatever it costs.
        requests_per_minute: that make images.
    """

    usd_per_day: float | None = None
    images_per_day: int | None = None
    requests_per_minute: int | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True)
class Key:
    """A key of the owner's.

    Attributes:
        name: whose it is, in the log, the usage and the history; several keys may have one name.
        digest: the SHA-256 of the key.
        limits: of the name, whichever of its keys is shown.
        is_admin: whether it may read the usage of all.
    """

    name: str
    digest: bytes
    limits: Limits = NO_LIMITS
    is_admin: bool = False


def read_keys(setting: str, text: str) -> tuple[Key, ...]:
    """Read every key.

    Args:
        setting: its name, for errors.
        text: its value.

    Raises:
        ConfigurationError: it makes no sense or a key is weak; the message says which entry it is
            about and repeats nothing of it.
    """
    keys: list[Key] = []
    may_be_admin = True
    for place, entry in enumerate(_entries(setting, text), start=1):
        try:
            keys.append(_key(entry))
        except ValueError as error:
            raise ConfigurationError(f"The setting {setting}, entry {place}: {error}.") from None
        may_be_admin = may_be_admin and entry.get("admin") is not False
    _check_holders(setting, keys)
    if len({key.name for key in keys}) == 1 and may_be_admin:
        keys = [replace(key, is_admin=True) for key in keys]
    return tuple(dict.fromkeys(keys))


def _entries(setting: str, text: str) -> Iterator[Mapping[str, Any]]:
    """Every entry as an object, in whatever form it was written."""
    if not text.lstrip().startswith(("[", "{")):
        yield from ({"key": key} for key in split_list(text))
        return
    try:
        content = from_json(text)
    except ValueError:
        raise ConfigurationError(
            f"The setting {setting} begins as JSON does, but is none: it must be a list with "
            'commas, or JSON such as [{"name": "alice", "key": "..."}].'
        ) from None
    pairs = content.items() if isinstance(content, dict) else ((None, one) for one in content)
    for place, (name, value) in enumerate(pairs, start=1):
        entry = {"key": value} if isinstance(value, str) else value
        if not isinstance(entry, dict):
            raise ConfigurationError(
                f"The setting {setting}, entry {place}: it must be a key, or an object with "
                f"{_ALL_FIELDS}."
            )
        if name is not None and "name" in entry:
            raise ConfigurationError(
                f"The setting {setting}, entry {place}: it is named already, so it takes no 'name'."
            )
        yield entry if name is None else {**entry, "name": name}


def _key(entry: Mapping[str, Any]) -> Key:
    """Make a key of its entry.

    Raises:
        ValueError: with what is wrong, as a sentence without its end.
    """
    given = {field: value for field, value in entry.items() if value is not None}
    if not given.keys() <= _FIELDS.keys():
        raise ValueError(f"it has a field that is not known, which are {_ALL_FIELDS}")
    for field, value in given.items():
        is_right, expected = _FIELDS[field]
        if not is_right(value):
            raise ValueError(f"'{field}' must be {expected}")
    if ("key" in given) == ("sha256" in given):
        raise ValueError("it must have either 'key' or 'sha256'")
    digest = _digest_of(given["key"]) if "key" in given else _from_hex(given["sha256"])
    name = given.get("name")
    if name is not None and name.lower().startswith((CALLER_PREFIX, _UNNAMED_PREFIX)):
        raise ValueError(
            f"no name may begin with '{CALLER_PREFIX}' or '{_UNNAMED_PREFIX}', which easel uses"
        )
    if name is not None and name.lower() == ANONYMOUS:
        raise ValueError(f"no name may be '{ANONYMOUS}', which easel uses")
    limits = Limits(
        given.get("budget_usd_per_day"),
        given.get("budget_images_per_day"),
        given.get("requests_per_minute"),
    )
    own = f"{_UNNAMED_PREFIX}{digest.hex()[:8]}"
    return Key(name or own, digest, limits, given.get("admin", False))


def _digest_of(text: str) -> bytes:
    key = text.strip()
    if key.lower().startswith(_DIGEST_PREFIX):
        return _from_hex(key[len(_DIGEST_PREFIX) :])
    objection = objection_to_key(key)
    if objection is not None:
        raise ValueError(f"the key {objection}; 'openssl rand -hex 32' makes a good one")
    return sha256(key.encode()).digest()


def _from_hex(text: str) -> bytes:
    if not re.fullmatch(r"[0-9A-Fa-f]{64}", text.strip()):
        raise ValueError("a SHA-256 must be 64 hexadecimal digits")
    digest = bytes.fromhex(text)
    objection = objection_to_digest(digest)
    if objection is not None:
        raise ValueError(f"the SHA-256 {objection}")
    return digest


def _check_holders(setting: str, keys: Sequence[Key]) -> None:
    for (place, one), (later, other) in combinations(enumerate(keys, start=1), 2):
        entries = f"The setting {setting}, entries {place} and {later}:"
        if one.name == other.name and replace(one, digest=other.digest) != other:
            raise ConfigurationError(
                f"{entries} keys of one name must have the same limits and the same 'admin'."
            )
        if one.name != other.name and one.digest == other.digest:
            raise ConfigurationError(f"{entries} they are one key under two names.")


def _is_name(value: object) -> bool:
    return (
        isinstance(value, str)
        and re.fullmatch(r"[A-Za-z0-9._ -]{1,64}", value) is not None
        and value == value.strip()
        and any(map(str.isalnum, value))
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_rate(value: object) -> bool:
    return _is_count(value) and value != 0


def _is_amount(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value >= 0 and isfinite(value)


# The fields of an entry: what is right, and how an error says it.
_FIELDS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "name": (_is_name, "1 to 64 letters (a to z), digits, dots, hyphens, underscores or spaces"),
    "key": (_is_text, "text"),
    "sha256": (_is_text, "64 hexadecimal digits"),
    "admin": (_is_flag, "true or false"),
    "budget_usd_per_day": (_is_amount, "a number of US dollars, 0 or more"),
    "budget_images_per_day": (_is_count, "a whole number, 0 or more"),
    "requests_per_minute": (_is_rate, "a whole number, 1 or more"),
}
_ALL_FIELDS = ", ".join(f"'{field}'" for field in _FIELDS)
