"""The module `bridge.js`, and what its failures are here."""

from functools import cache
from typing import Any

from workers import import_from_javascript


@cache
def bridge() -> Any:
    """The JavaScript module. It can only be imported while a request is handled."""
    return import_from_javascript("easel/runtime/bridge.js")
