"""The JavaScript beside these modules."""

from functools import cache
from typing import Any

from workers import import_from_javascript


@cache
def script(name: str) -> Any:
    """A JavaScript module of this folder. It can only be imported while a request is handled."""
    return import_from_javascript(f"easel/runtime/{name}")


def bridge() -> Any:
    """The module that moves bytes and long strings about."""
    return script("bridge.js")
