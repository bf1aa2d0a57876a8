"""Images that tests send, and the decoder for those that they receive."""

import random
import struct
import zlib
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw


@lru_cache
def photo(width: int, height: int, image_format: str = "png", orientation: int = 1) -> bytes:
    """A real image: red above, blue below; `orientation` is the Exif orientation of a JPEG."""
    image = Image.new("RGB", (width, height), "navy")
    ImageDraw.Draw(image).rectangle((0, 0, width, height // 2), fill="crimson")
    file = BytesIO()
    if orientation == 1:
        image.save(file, image_format)
    else:
        exif = image.getexif()
        exif[0x0112] = orientation
        image.save(file, image_format, exif=exif)
    return file.getvalue()


@lru_cache
def mask(width: int, height: int, mode: str = "RGBA") -> bytes:
    """A mask whose left half is transparent if its mode has transparency."""
    image = Image.new("RGBA", (width, height), (10, 200, 30, 255))
    ImageDraw.Draw(image).rectangle((0, 0, width // 2 - 1, height), fill=(0, 0, 0, 0))
    file = BytesIO()
    image.convert(mode).save(file, "png")
    return file.getvalue()


def picture(content: bytes) -> Image.Image:
    """Decode an image completely."""
    image = Image.open(BytesIO(content))
    image.load()
    return image


def padded(size: int, width: int = 1024, height: int = 1024) -> bytes:
    """A PNG of about so many bytes that has a header and a private chunk, but no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    private = random.Random(size).randbytes(size)
    chunks = [_chunk(b"IHDR", header), _chunk(b"prVt", private), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
