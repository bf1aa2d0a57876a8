"""OpenAI's masks in black and white: the JavaScript that paints them also runs in Node."""

import random
import struct
import subprocess
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from support.pictures import mask, picture
from tools.paths import NODE

SCRIPT = Path(__file__).with_name("paint_mask.mjs")


def paint(png: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([NODE, SCRIPT], input=png, capture_output=True, check=False, timeout=30)


def encode(image: Image.Image, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, "png", **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_a_mask_is_white_where_the_input_was_transparent(mode: str) -> None:
    image = picture(mask(40, 30))
    png = encode(image.convert("P") if mode == "PA" else image.convert(mode))
    painted = picture(paint(png).stdout)
    assert (painted.format, painted.mode, painted.size) == ("PNG", "L", (40, 30))
    assert {painted.getpixel((x, y)) for x in range(20) for y in range(30)} == {255}
    assert {painted.getpixel((x, y)) for x in range(20, 40) for y in range(30)} == {0}


def test_the_pixels_of_a_mask_are_right_for_every_png_encoding() -> None:
    chance = random.Random(7)
    image = Image.new("RGBA", (97, 61))
    image.putdata([tuple(chance.randrange(256) for _ in range(4)) for _ in range(97 * 61)])
    painted = picture(paint(encode(image, optimize=True)).stdout)
    expected = image.getchannel("A").point(lambda alpha: 0 if alpha >= 128 else 255)
    assert painted.tobytes() == expected.tobytes()


def test_one_colour_may_be_the_transparent_one() -> None:
    image = Image.new("RGB", (8, 8), "red")
    image.putpixel((3, 3), (1, 2, 3))
    painted = picture(paint(encode(image, transparency=(1, 2, 3))).stdout)
    assert painted.getpixel((3, 3)) == 255
    assert painted.getpixel((0, 0)) == 0


@pytest.mark.parametrize(
    "image", [Image.new("RGB", (8, 8)), Image.new("L", (8, 8)), Image.new("RGBA", (8, 8), "red")]
)
def test_a_mask_without_a_transparent_pixel_is_reported(image: Image.Image) -> None:
    finished = paint(encode(image))
    assert finished.returncode == 1
    assert b"transparent" in finished.stderr


def chunk(kind: bytes, content: bytes) -> bytes:
    size, checksum = len(content).to_bytes(4, "big"), zlib.crc32(kind + content)
    return size + kind + content + checksum.to_bytes(4, "big")


def png(width: int, height: int, data: list[bytes]) -> bytes:
    """An RGBA image with these IDAT chunks."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = [chunk(b"IHDR", header), *(chunk(b"IDAT", part) for part in data), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def rows(count: int) -> bytes:
    """Compressed rows of two transparent pixels."""
    return zlib.compress(bytes(9 * count))


def test_data_may_come_in_chunks_of_one_byte() -> None:
    data = rows(2)
    image = png(2, 2, [data[at : at + 1] for at in range(len(data))])
    assert picture(paint(image).stdout).tobytes() == b"\xff" * 4


@pytest.mark.parametrize("excess", [b"", b"more"])
def test_data_beyond_the_last_row_are_not_read(excess: bytes) -> None:
    assert picture(paint(png(2, 2, [rows(1_000_000) + excess])).stdout).size == (2, 2)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"not a PNG",
        png(2, 2, [rows(1)]),
        png(2, 2, [rows(2)[:-6]]),
        png(2, 2, [b"not compressed"]),
        png(2, 2, []),
        png(2, 2, [zlib.compress(b"\x05" + bytes(17))]),
        png(2, 2, [rows(2)])[:-20],
        png(2, 2, [rows(2)])[:20],
    ],
    ids=["empty", "text", "rows", "cut", "garbage", "no-data", "filter", "no-end", "header"],
)
def test_a_broken_mask_is_refused(broken: bytes) -> None:
    finished = paint(broken)
    assert (finished.returncode, finished.stderr) == (1, b"is a broken PNG")
