"""Encode JSON that contains images as base64, without copying the images into Python."""

from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONEncoder

from easel.platform.http import Base64, Parts

_UNICODE = JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ASCII = JSONEncoder(ensure_ascii=True, separators=(",", ":"))


@dataclass(frozen=True)
class RawJson:
    """JSON that is already encoded, as a leaf of a value that is not."""

    parts: Parts


def encode_text(value: object) -> str:
    """Encode a JSON value without images."""
    return _UNICODE.encode(value)


def encode(value: object, *, ascii_only: bool = False) -> list[str | Base64]:
    """Encode a JSON value; leaves of its dicts and lists may be a `Base64` or a `RawJson`.

    The text between two images is one part, because each part is handed to JavaScript separately.
    """
    parts: list[str | Base64] = []
    text = ""
    for piece in _encode(value, _ASCII if ascii_only else _UNICODE):
        if isinstance(piece, str):
            text += piece
        else:
            parts += [text, piece]
            text = ""
    return [*parts, text]


def _encode(value: object, encoder: JSONEncoder) -> Iterator[str | Base64]:
    try:
        # Almost everything is plain, and the standard library encodes it in C.
        text = encoder.encode(value)
    except TypeError:
        yield from _encode_parts(value, encoder)
    else:
        yield text


def _encode_parts(value: object, encoder: JSONEncoder) -> Iterator[str | Base64]:
    match value:
        case Base64():
            yield from ('"', value, '"')
        case RawJson(parts):
            yield from parts
        case dict():
            separator = "{"
            for name, member in value.items():
                yield f"{separator}{encoder.encode(name)}:"
                yield from _encode(member, encoder)
                separator = ","
            yield "}"
        case list():
            separator = "["
            for item in value:
                yield separator
                yield from _encode(item, encoder)
                separator = ","
            yield "]"
        case _:
            raise TypeError(f"JSON has no {type(value).__name__}")
