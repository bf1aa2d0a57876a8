"""Real images of any size and format, a different one each time."""

from io import BytesIO
from itertools import count
from typing import NamedTuple

from PIL import Image

MEDIA_TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "svg": "image/svg+xml",
}

_numbers = count()


class Picture(NamedTuple):
    """An image, or content that a provider declares to be one."""

    content: bytes
    format: str

    @property
    def media_type(self) -> str:
        """Its content type."""
        return MEDIA_TYPES[self.format]


def paint(size: tuple[int, int], image_format: str, *, transparent: bool = False) -> Picture:
    """An image in a colour that no recent image had."""
    number = next(_numbers)
    colour = (number * 67 % 256, number // 256 * 149 % 256, number // 65536 * 31 % 256)
    if image_format == "svg":
        return Picture(_draw(size, colour).encode(), image_format)
    mode, fill = ("RGBA", (*colour, 0)) if transparent else ("RGB", colour)
    image = Image.new(mode, size, fill)
    file = BytesIO()
    image.save(file, image_format)
    return Picture(file.getvalue(), image_format)


def _draw(size: tuple[int, int], colour: tuple[int, int, int]) -> str:
    width, height = size
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><rect width="{width}" height="{height}" '
        f'fill="rgb{colour}"/></svg>\n'
    )
