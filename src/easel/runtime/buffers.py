"""Handles to bytes and long strings that live in JavaScript."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json
from pyodide.ffi import JsException

from easel.platform.buffers import Attachment, JsonValue
from easel.runtime.bridge import bridge


class JsBuffer:
    """A Uint8Array, which may be a view of a larger ArrayBuffer."""

    def __init__(self, array: Any) -> None:
        self.js = array

    @property
    def size(self) -> int:
        """Length in bytes."""
        return int(self.js.byteLength)

    def slice(self, start: int, end: int) -> bytes:
        """Copy a short range of bytes into Python."""
        # A view, because `to_bytes` already makes a copy.
        part: bytes = self.js.subarray(start, end).to_bytes()
        return part


class StoredBuffer(JsBuffer):
    """An object of the bucket, which is opened only when it is sent."""

    def __init__(self, stored: Any, size: int) -> None:
        super().__init__(stored)
        self._size = size

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self._size

    def slice(self, start: int, end: int) -> bytes:
        """Not available: the object has not been read."""
        raise NotImplementedError


class JsText:
    """A string that stays in JavaScript."""

    def __init__(self, held: Any) -> None:
        self.js = held

    @classmethod
    def hold(cls, text: str) -> "JsText":
        """Move a string from Python to JavaScript."""
        return cls(bridge().hold(text))

    @property
    def length(self) -> int:
        """Length in UTF-16 code units."""
        return int(self.js.length)

    def head(self, length: int) -> str:
        """Copy the beginning of the string into Python."""
        return str(self.js.head(length))

    def decode_base64(self, start: int = 0) -> JsBuffer:
        """Decode base64 in JavaScript, from the code unit `start` on.

        Raises:
            ValueError: the string is not base64.
        """
        try:
            return JsBuffer(bridge().decodeBase64(self.js, start))
        except JsException as error:
            raise ValueError("not base64") from error


_MARK = "\0easel:"


def from_outline(outline: Any) -> JsonValue:
    """Parse the result of the bridge's `outline`: JSON with marks in place of long strings.

    Raises:
        ValueError: the value is nested too deeply for the parser.
    """
    text, *held = outline
    return _restore(from_json(text), held)


# `_restore` and `_detach` are module functions, because a recursive closure is a reference cycle,
# which holds megabytes until Python's cycle collector runs.
def _restore(value: Any, held: list[Any]) -> JsonValue:
    if isinstance(value, str) and value.startswith(_MARK):
        return JsText(held[int(value.removeprefix(_MARK))])
    if isinstance(value, list):
        return [_restore(item, held) for item in value]
    if isinstance(value, dict):
        return {key: _restore(item, held) for key, item in value.items()}
    scalar: JsonValue = value
    return scalar


def detach(inputs: Mapping[str, object]) -> tuple[str, list[list[Any]]]:
    """Serialise a model's inputs for the bridge's `runModel`.

    Returns:
        JSON with a mark in place of each attachment, and the attachments.
    """
    attachments: list[list[Any]] = []
    return json.dumps(_detach(dict(inputs), attachments)), attachments


def _detach(value: object, attachments: list[list[Any]]) -> object:
    if isinstance(value, Attachment):
        assert isinstance(value.content, JsBuffer)
        attachments.append([value.sent_as, value.content.js, value.media_type])
    elif isinstance(value, str) and value.startswith(_MARK):
        attachments.append(["text", value, ""])
    elif isinstance(value, list):
        return [_detach(item, attachments) for item in value]
    elif isinstance(value, dict):
        return {key: _detach(item, attachments) for key, item in value.items()}
    else:
        return value
    return f"{_MARK}{len(attachments) - 1}"
