"""Dimensions of images."""

import re
from typing import NamedTuple

_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})", re.ASCII)


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


def parse_size(text: str) -> Size:
    """Read `WIDTHxHEIGHT`.

    Raises:
        ValueError: the text is something else.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError("expected WIDTHxHEIGHT in pixels")
    return Size(int(match[1]), int(match[2]))
