"""Hostile images, as bytes: cut off, lying about their size, bombs, of no format."""

import struct
import zlib
from collections.abc import Callable, Mapping

from support.pictures import mask, photo

_PNG = b"\x89PNG\r\n\x1a\n"
_IEND = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def _chunk(name: bytes, content: bytes) -> bytes:
    crc = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)


def png(
    width: int,
    height: int,
    data: bytes = b"",
    *,
    depth: int = 8,
    colour: int = 6,
    more: bytes = b"",
) -> bytes:
    """A PNG of these words, whether or not they fit together."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = _chunk(b"IDAT", data) if data else b""
    return _PNG + _chunk(b"IHDR", header) + more + pixels + _IEND


def _bomb(width: int, height: int) -> bytes:
    """Pixels that are there, and compress to a thousandth."""
    compressor = zlib.compressobj(9)
    row = b"\x00" * (1 + 4 * width)
    pieces = [compressor.compress(row) for _ in range(height)]
    return png(width, height, b"".join([*pieces, compressor.flush()]))


_JPEG_TAIL = b"\xff\xd9"


def _jpeg(width: int, height: int) -> bytes:
    frame = struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xc0" + frame + _JPEG_TAIL


def _webp(kind: bytes, body: bytes, claimed: int | None = None) -> bytes:
    content = b"WEBP" + kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(content) if claimed is None else claimed) + content


def _gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x00\x00\x00\x3b"


_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="%b" height="%b">%b</svg>'
_SCRIPT = b"<script>fetch('//a.example')</script>"
_ENTITIES = b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'

# Each is made when it is needed: some are large.
IMAGES: Mapping[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "a byte": lambda: b"\x89",
    "text": lambda: b"this is no image",
    "html": lambda: b"<!doctype html><title>x</title>",
    "nulls": lambda: bytes(5000),
    "png signature": lambda: _PNG,
    "png without pixels": lambda: png(0, 0),
    "png 65535": lambda: png(65535, 65535),
    "png 2**31": lambda: png(2**31 - 1, 2**31 - 1),
    "png 2**32-1 by 1": lambda: png(2**32 - 1, 1),
    "png without data": lambda: png(256, 256),
    "png broken data": lambda: png(256, 256, b"broken"),
    "png half": lambda: photo(256, 256)[:-40],
    "png quarter": lambda: photo(256, 256)[:60],
    "png odd depth": lambda: png(256, 256, zlib.compress(bytes(10)), depth=3, colour=9),
    "png short pixels": lambda: png(256, 256, zlib.compress(bytes(100))),
    "png bomb": lambda: _bomb(4096, 4096),
    "png long chunk": lambda: png(256, 256, more=struct.pack(">I", 2**31) + b"tEXt"),
    "png no alpha": lambda: mask(256, 256, "RGB"),
    "png palette": lambda: mask(256, 256, "P"),
    "png other size": lambda: mask(64, 200),
    "png 1x1": lambda: photo(1, 1),
    "jpeg start": lambda: b"\xff\xd8\xff",
    "jpeg without frame": lambda: b"\xff\xd8\xff\xe0\x00\x02" + _JPEG_TAIL,
    "jpeg 65535": lambda: _jpeg(65535, 65535),
    "jpeg 0": lambda: _jpeg(0, 0),
    "jpeg half": lambda: photo(256, 256, "jpeg")[:300],
    "jpeg of markers": lambda: b"\xff\xd8" + b"\xff" * 100_000 + _JPEG_TAIL,
    "jpeg segments": lambda: b"\xff\xd8" + b"\xff\xe1\x00\x02" * 20_000 + _JPEG_TAIL,
    "jpeg exif": lambda: b"\xff\xd8\xff\xe1\x00\x20Exif\0\0MM\0*\xff\xff\xff\xff" + _JPEG_TAIL * 9,
    "webp start": lambda: b"RIFF\x00\x00\x00\x00WEBP",
    "webp 16384": lambda: _webp(b"VP8X", bytes(4) + b"\xff" * 6),
    "webp claims more": lambda: _webp(b"VP8L", bytes(20), claimed=2**31),
    "webp of nothing": lambda: _webp(b"ABCD", b""),
    "gif": lambda: _gif(65535, 65535),
    "gif 0": lambda: _gif(0, 0),
    "svg": lambda: _SVG % (b"10", b"10", b""),
    "svg script": lambda: _SVG % (b"10", b"10", _SCRIPT),
    "svg huge": lambda: _SVG % (b"1e300", b"9" * 400, b""),
    "svg entities": lambda: _ENTITIES + _SVG % (b"10", b"10", b"&b;"),
    "svg open": lambda: b"<svg " + b"<!--" * 5000,
    "png and zip": lambda: photo(64, 64) + b"PK\x05\x06" + bytes(3000),
    "png twice": lambda: photo(64, 64) + photo(64, 64),
}
