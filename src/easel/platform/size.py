"""Sizes and aspect ratios of images."""

import re
from typing import NamedTuple

_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})", re.ASCII)
_RATIO = re.compile(r"(\d{1,4}(?:\.\d{1,4})?):(\d{1,4}(?:\.\d{1,4})?)", re.ASCII)


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def area(self) -> int:
        """Pixels."""
        return self.width * self.height

    def covers(self, other: "Size") -> bool:
        """Whether an image of this size can be cropped to the other."""
        return self.width >= other.width and self.height >= other.height

    def kept(self, other: "Size") -> float:
        """The share of an image of this size that is left after a crop to the other's ratio."""
        scale = max(other.width / self.width, other.height / self.height)
        return other.area / (self.area * scale**2)


class Ratio(NamedTuple):
    """An aspect ratio: width to height."""

    width: float
    height: float

    def __str__(self) -> str:
        return f"{self.width:g}:{self.height:g}"

    @property
    def value(self) -> float:
        """Width divided by height."""
        return self.width / self.height


def parse_size(text: str) -> Size:
    """Parse `WIDTHxHEIGHT`.

    Raises:
        ValueError: the text has another form.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError("expected WIDTHxHEIGHT in pixels")
    return Size(int(match[1]), int(match[2]))


def parse_ratio(text: str) -> Ratio:
    """Parse `WIDTH:HEIGHT`, from 1:20 to 20:1.

    Raises:
        ValueError: the text has another form, or the ratio is out of range.
    """
    match = _RATIO.fullmatch(text)
    if match is None:
        raise ValueError("expected WIDTH:HEIGHT")
    width, height = float(match[1]), float(match[2])
    if width <= 0 or height <= 0 or not 1 / 20 <= width / height <= 20:
        raise ValueError("expected WIDTH:HEIGHT from 1:20 to 20:1")
    return Ratio(width, height)
