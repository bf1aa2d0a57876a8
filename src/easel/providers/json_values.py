"""Read values out of JSON whose shape is not certain."""

from collections.abc import Mapping
from typing import Any

from easel.errors import ProviderError
from easel.platform.buffers import JsonValue, LongText


def value_at(content: Any, *path: str | int) -> JsonValue:
    """The value at the end of a path of names and indexes; None where there is none."""
    value: JsonValue = content
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def text_at(content: object, *path: str | int) -> str:
    """The string at the end of a path; empty where there is none."""
    found = value_at(content, *path)
    return found if isinstance(found, str) else ""


def required_text(body: Mapping[str, JsonValue], name: str, title: str) -> str:
    """The string in a field that an answer must have.

    Raises:
        ProviderError: the answer has no such field.
    """
    if not (text := text_at(body, name)):
        raise ProviderError(f"{title} sent an answer without '{name}'.")
    return text


def first_text(item: object, *names: str) -> str | LongText | None:
    """The text in the first of some fields that has one."""
    for name in names:
        text = value_at(item, name)
        if isinstance(text, LongText) or (isinstance(text, str) and text):
            return text
    return None


def texts_in(value: object) -> list[str]:
    """The strings of a list; none where it is not a list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
