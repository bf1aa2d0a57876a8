"""Handles to bytes and long strings that live in JavaScript."""

from typing import Any

import js
from pydantic_core import from_json
from pyodide.ffi import JsException

from easel.runtime.bridge import bridge
from easel.world import JsonValue


class JsBuffer:
    """An ArrayBuffer."""

    def __init__(self, array_buffer: Any) -> None:
        self.js = array_buffer

    @property
    def size(self) -> int:
        """Length in bytes."""
        return int(self.js.byteLength)

    def slice(self, start: int, end: int) -> bytes:
        """Copy a short part into Python."""
        # A view of the part, not `ArrayBuffer.slice`, which would copy once more.
        length = max(0, min(end, self.size) - start)
        part: bytes = js.Uint8Array.new(self.js, start, length).to_bytes()
        return part


class JsText:
    """A boxed JavaScript string."""

    def __init__(self, boxed: Any) -> None:
        self.js = boxed

    def decode_base64(self) -> JsBuffer:
        """Decode outside Python.

        Raises:
            ValueError: the string is not base64.
        """
        try:
            return JsBuffer(bridge().decodeBase64(self.js))
        except JsException as error:
            raise ValueError("not base64") from error


_MARK = "\0easel:"


def from_outline(outline: Any) -> JsonValue:
    """Read what the bridge's `outline` wrote: JSON text with marks, and the strings marked.

    Raises:
        ValueError: the value is nested deeper than the parser follows.
    """
    text, *long = outline

    def restore(value: Any) -> JsonValue:
        if isinstance(value, str) and value.startswith(_MARK):
            return JsText(long[int(value.removeprefix(_MARK))])
        if isinstance(value, list):
            return [restore(item) for item in value]
        if isinstance(value, dict):
            return {key: restore(item) for key, item in value.items()}
        scalar: JsonValue = value
        return scalar

    return restore(from_json(text))
