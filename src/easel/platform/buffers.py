"""Handles to bytes and long strings that stay outside Python; only short slices are copied in."""

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable


@runtime_checkable
class Buffer(Protocol):
    """Bytes held outside Python."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    def slice(self, start: int, end: int) -> bytes:
        """Copy a short part into Python; it is shorter at the end, as with Python's slices."""
        ...


@runtime_checkable
class LongText(Protocol):
    """A long string held outside Python, such as the base64 of an image."""

    @property
    def length(self) -> int:
        """Length in UTF-16 code units, as JavaScript counts."""
        ...

    def head(self, length: int) -> str:
        """Copy the beginning into Python."""
        ...

    def decode_base64(self, start: int = 0) -> Buffer:
        """Decode, outside Python, the string from code unit `start`.

        Raises:
            ValueError: the string is not base64.
        """
        ...


JsonValue = None | bool | int | float | str | LongText | list["JsonValue"] | dict[str, "JsonValue"]

# A provider's answer: bytes, or a JSON value whose long strings are handles.
Answer = Buffer | JsonValue


@dataclass(frozen=True)
class Attachment:
    """A buffer in a request to a provider, in the encoding that the provider accepts.

    Attributes:
        sent_as: `base64`; `data_url`; `url_object`, an object whose `url` is a data URL; `bytes`,
            a list of byte values; or `file`, a file of a form.
        media_type: media type, for the encodings that include it.
    """

    content: Buffer
    sent_as: Literal["base64", "data_url", "url_object", "bytes", "file"]
    media_type: str


@runtime_checkable
class Stream(Protocol):
    """A body that is passed on to the client unread."""

    def cancel(self) -> object:
        """Close it without reading it."""
        ...
