"""The format and the size of an image are read from its bytes."""

import struct

import pytest

from easel.media.sniff import NotAnImageError, sniff
from easel.platform.size import Size
from support.pictures import photo
from support.services import Bytes, image_bytes


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp", "gif"])
@pytest.mark.parametrize("size", [(1, 1), (640, 480), (3, 2000)])
def test_format_and_dimensions_come_from_the_bytes(
    image_format: str, size: tuple[int, int]
) -> None:
    facts = sniff(Bytes(image_bytes(image_format, *size)))
    assert (facts.format, facts.size) == (image_format, Size(*size))


def webp(kind: bytes, payload: bytes) -> bytes:
    chunk = b"WEBP" + kind + struct.pack("<I", len(payload)) + payload
    return b"RIFF" + struct.pack("<I", len(chunk)) + chunk


def test_the_size_of_a_lossless_webp_is_read_from_its_header() -> None:
    bits = (799 | 599 << 14).to_bytes(4, "little")
    facts = sniff(Bytes(webp(b"VP8L", b"\x2f" + bits + bytes(40))))
    assert facts.size == Size(800, 600)


def test_the_size_of_an_extended_webp_is_that_of_its_canvas() -> None:
    canvas = (999).to_bytes(3, "little") + (499).to_bytes(3, "little")
    facts = sniff(Bytes(webp(b"VP8X", bytes(4) + canvas + bytes(40))))
    assert facts.size == Size(1000, 500)


def test_a_jpeg_frame_is_found_behind_large_segments() -> None:
    image = image_bytes("jpeg", 640, 480)
    segment = b"\xff\xe2" + struct.pack(">H", 65535) + bytes(65533)
    facts = sniff(Bytes(image[:2] + segment * 3 + image[2:]))
    assert facts.size == Size(640, 480)


def test_fill_bytes_before_a_jpeg_marker_are_skipped() -> None:
    image = image_bytes("jpeg", 640, 480)
    assert sniff(Bytes(image[:2] + b"\xff\xff" + image[2:])).size == Size(640, 480)


@pytest.mark.parametrize("filler", [b"\xff", b"\xff\xfe\x00\x02"])
def test_a_jpeg_of_only_markers_is_refused(filler: bytes) -> None:
    image = image_bytes("jpeg", 640, 480)
    with pytest.raises(NotAnImageError, match="no frame header"):
        sniff(Bytes(image[:2] + filler * 2000 + image[2:]))


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp", "gif"])
def test_a_truncated_image_is_refused(image_format: str) -> None:
    whole = image_bytes(image_format, 300, 300)
    with pytest.raises(NotAnImageError, match="is incomplete"):
        sniff(Bytes(whole[: len(whole) // 2]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!doctype html>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x00\xff\xd9",
        b"\xff\xd8\xff\xd9" + bytes(100) + b"\xff\xd9",
        b"RIFF\x04\x00\x00\x00WEBP",
        webp(b"ALPH", bytes(40)),
        b"GIF89a",
    ],
)
def test_content_that_only_resembles_an_image_is_refused(content: bytes) -> None:
    with pytest.raises(NotAnImageError):
        sniff(Bytes(content))


def test_an_image_without_pixels_is_refused() -> None:
    whole = image_bytes("png", 300, 300)
    with pytest.raises(NotAnImageError, match="no pixels"):
        sniff(Bytes(whole[:16] + bytes(4) + whole[20:]))


@pytest.mark.parametrize(
    ("orientation", "size"), [(2, (64, 48)), (3, (64, 48)), (6, (48, 64)), (8, (48, 64))]
)
def test_a_rotated_photo_has_its_displayed_size(orientation: int, size: tuple[int, int]) -> None:
    facts = sniff(Bytes(photo(64, 48, "jpeg", orientation)))
    assert (facts.size, facts.turned) == (Size(*size), True)


@pytest.mark.parametrize("orientation", [0, 1, 9])
def test_an_upright_photo_is_not_marked_as_turned(orientation: int) -> None:
    facts = sniff(Bytes(photo(64, 48, "jpeg", orientation)))
    assert (facts.size, facts.turned) == (Size(64, 48), False)


def test_broken_exif_data_is_ignored() -> None:
    image = photo(64, 48, "jpeg", 6)
    at = image.index(b"Exif\0\0") + 6
    for broken in (b"\xff" * 20, b"II*\0\xff\xff\xff\x7f" + bytes(12), bytes(20)):
        assert sniff(Bytes(image[:at] + broken + image[at + 20 :])).size == Size(64, 48)
