"""Detect the format and the dimensions of an image, and whether its file is complete.

Only short slices are read. Sources: PNG specification 5.2 and 11.2.2; JPEG ITU-T T.81 annex B;
Exif 2.32, 4.6; WebP RFC 9649; GIF89a specification 18. The module `svg` reads SVG.
"""

from dataclasses import dataclass
from typing import Literal

from easel.media.svg import BrokenSvgError, svg_size
from easel.platform.buffers import Buffer
from easel.platform.images import ImageFormat
from easel.platform.size import Size

MEDIA_TYPES: dict[ImageFormat, str] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "svg": "image/svg+xml",
}
EXTENSIONS: dict[ImageFormat, str] = {
    "png": "png",
    "jpeg": "jpg",
    "webp": "webp",
    "gif": "gif",
    "svg": "svg",
}
FORMATS = {extension: name for name, extension in EXTENSIONS.items()}

# Start-of-frame markers of JPEG: C0 to CF without the tables and extensions C4, C8 and CC.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_WINDOW = 4096
_EXIF_MARKER = 0xE1
_ORIENTATION_TAG = 0x0112
# Orientations from 5 on exchange width and height.
_UPRIGHT, _FIRST_ON_ITS_SIDE, _LAST_ORIENTATION = 1, 5, 8
# A file of many megabytes has some hundred markers; a hostile file could have millions.
_JPEG_MARKERS = 2000
# The bytes at the end in which the end marker must be; some encoders append padding.
_TAIL = 1024


class NotAnImageError(Exception):
    """The bytes are not an image in a known format, or the image is incomplete."""


@dataclass(frozen=True)
class ImageFacts:
    """The facts that an image's bytes state.

    Attributes:
        size: as a viewer displays the image, in pixels.
        turned: whether a viewer rotates or mirrors the image first; models do not.
    """

    format: ImageFormat
    size: Size
    turned: bool = False


def sniff(content: Buffer) -> ImageFacts:
    """Read an image's format and dimensions.

    Raises:
        NotAnImageError: the message is a clause that says what is wrong.
    """
    head = content.slice(0, 64)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageFacts("png", _png(content, head))
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ImageFacts("webp", _webp(content, head))
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return ImageFacts("gif", _gif(content, head))
    try:
        size = svg_size(content)
    except BrokenSvgError as error:
        raise NotAnImageError(str(error)) from None
    if size is not None:
        return ImageFacts("svg", size)
    raise NotAnImageError("the bytes are not a PNG, JPEG, WebP, GIF or SVG image")


def _dimensions(width: int, height: int) -> Size:
    if width == 0 or height == 0:
        raise NotAnImageError("the image has no pixels")
    return Size(width, height)


def _tail(content: Buffer) -> bytes:
    return content.slice(max(0, content.size - _TAIL), content.size)


def _png(content: Buffer, head: bytes) -> Size:
    if head[12:16] != b"IHDR":
        raise NotAnImageError("the PNG has no header")
    if b"IEND\xaeB`\x82" not in _tail(content):
        raise NotAnImageError("the PNG file is incomplete")
    return _dimensions(int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big"))


def _jpeg(content: Buffer) -> ImageFacts:
    if b"\xff\xd9" not in _tail(content):
        raise NotAnImageError("the JPEG file is incomplete")
    position = 2
    start, window = 0, b""
    orientation = _UPRIGHT
    for _ in range(_JPEG_MARKERS):
        if position + 9 >= content.size:
            break
        if not start <= position <= start + len(window) - 9:
            start, window = position, content.slice(position, position + _JPEG_WINDOW)
        segment = window[position - start :]
        if segment[0] != 0xFF:
            break
        marker = segment[1]
        if marker in _JPEG_FRAMES:
            height, width = segment[5:7], segment[7:9]
            size = _dimensions(int.from_bytes(width, "big"), int.from_bytes(height, "big"))
            displayed = Size(*reversed(size)) if orientation >= _FIRST_ON_ITS_SIDE else size
            return ImageFacts("jpeg", displayed, turned=orientation != _UPRIGHT)
        if marker == _EXIF_MARKER and segment[4:10] == b"Exif\0\0":
            orientation = _orientation(segment[10:])
        # A marker may be padded with FF, and TEM and the restart markers have no length.
        if marker == 0xFF:
            position += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD7:
            position += 2
        else:
            position += 2 + int.from_bytes(segment[2:4], "big")
    raise NotAnImageError("the JPEG has no frame header")


def _orientation(tiff: bytes) -> int:
    """Read the orientation from Exif data: 1 to 8, and 1 if there is none."""
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"

    def number(at: int, length: int) -> int:
        return int.from_bytes(tiff[at : at + length], order)

    directory = number(4, 4)
    for entry in range(number(directory, 2)):
        at = directory + 2 + 12 * entry
        if at + 12 > len(tiff):
            break
        if number(at, 2) == _ORIENTATION_TAG:
            found = number(at + 8, 2)
            return found if _UPRIGHT <= found <= _LAST_ORIENTATION else _UPRIGHT
    return _UPRIGHT


def _webp(content: Buffer, head: bytes) -> Size:
    if content.size < 8 + int.from_bytes(head[4:8], "little"):
        raise NotAnImageError("the WebP file is incomplete")
    match head[12:16]:
        case b"VP8 ":
            width, height = head[26:28], head[28:30]
            mask = 0x3FFF  # the two high bits are a scaling hint
            return _dimensions(
                int.from_bytes(width, "little") & mask, int.from_bytes(height, "little") & mask
            )
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return _dimensions((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8X":
            return _dimensions(
                int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
            )
    raise NotAnImageError("the WebP contains no image")


def _gif(content: Buffer, head: bytes) -> Size:
    if b"\x3b" not in _tail(content):
        raise NotAnImageError("the GIF file is incomplete")
    return _dimensions(int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))
