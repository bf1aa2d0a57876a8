"""SVG images are recognised and their size is read."""

from contextlib import suppress

import pytest

from easel.media.sniff import NotAnImageError, sniff
from easel.media.svg import svg_size
from easel.platform.size import Size
from support.services import Bytes

XMLNS = 'xmlns="http://www.w3.org/2000/svg"'


def svg(attributes: str, before: str = "", after: str = "") -> Bytes:
    return Bytes(f"{before}<svg {XMLNS} {attributes}><path d='M0 0h9'/></svg>{after}".encode())


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="640" height="480"', Size(640, 480)),
        ("width='640' height='480'", Size(640, 480)),
        ('width="640px" height=" 480px "', Size(640, 480)),
        ('width="640.4" height="479.5"', Size(640, 480)),
        ('width = "640"\n  height = "480"', Size(640, 480)),
        ('width="640" height="480" viewBox="0 0 24 24"', Size(640, 480)),
        ('viewBox="0 0 1344 768"', Size(1344, 768)),
        ('viewBox="-10, -10, 1344, 768"', Size(1344, 768)),
        ('viewBox="0 0 24 24" width="100%" height="100%"', Size(24, 24)),
        ('viewBox="0 0 200 100" width="640"', Size(640, 320)),
        ('viewBox="0 0 200 100" height="50"', Size(100, 50)),
        ('viewBox="0 0 .5 0.2" width="0.2" height="0.1"', Size(1, 1)),
        # An unknown size: the default of embedded content.
        ("", Size(300, 150)),
        ('width="10cm" height="5cm"', Size(300, 150)),
        ('width="640"', Size(300, 150)),
        ('width="1e9" height="1e9"', Size(300, 150)),
        ('viewBox="0 0 0 0"', Size(300, 150)),
        ('viewBox="0 0 24"', Size(300, 150)),
        ('data-width="9" stroke-width="9" height="9" viewBox="0 0 8 6"', Size(12, 9)),
    ],
)
def test_the_size_of_an_svg_is_its_displayed_size(attributes: str, size: Size) -> None:
    assert sniff(svg(attributes)).size == size


@pytest.mark.parametrize(
    "before",
    [
        "",
        "\ufeff",
        " \r\n\t",
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        "<!-- made by <hand> -->\n<!-- twice -->",
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n',
        '\ufeff<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE svg>\n<!-- y -->\n',
    ],
)
def test_an_svg_may_begin_with_a_prologue(before: str) -> None:
    facts = sniff(svg('width="8" height="6"', before))
    assert (facts.format, facts.size) == ("svg", Size(8, 6))


@pytest.mark.parametrize("after", ["\n", " <!-- the end -->\r\n", "<!-- a --><!-- b -->"])
def test_comments_may_follow_an_svg(after: str) -> None:
    assert sniff(svg('width="8" height="6"', after=after)).format == "svg"


def test_an_attribute_may_contain_a_greater_than_sign() -> None:
    assert sniff(svg('aria-label="a > b" width="8" height="6"')).size == Size(8, 6)


def test_attributes_of_inner_elements_do_not_set_the_size() -> None:
    inner = f'<svg {XMLNS}><rect width="640" height="480"/></svg>'
    assert sniff(Bytes(inner.encode())).size == Size(300, 150)


@pytest.mark.parametrize("cut", [20, 7, 1])
def test_a_truncated_svg_is_refused(cut: int) -> None:
    whole = svg('width="8" height="6"').content
    with pytest.raises(NotAnImageError, match="is incomplete"):
        sniff(Bytes(whole[:-cut]))


@pytest.mark.parametrize(
    "content",
    [
        b"<!doctype html><html><svg></svg></html>",
        b"<html><svg></svg></html>",
        b"<svgx></svgx>",
        b"<SVG></SVG>",
        b"svg",
        b"<svg",
        b"<svg width='8' height='6'",
        b"<!-- <svg></svg>",
        b"{'svg': '<svg></svg>'}",
        # An internal document type could contain an entity bomb.
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg></svg>',
        # Only UTF-8 is supported.
        '<svg xmlns="http://www.w3.org/2000/svg"></svg>'.encode("utf-16"),
        b"\x1f\x8b\x08",
    ],
)
def test_content_that_only_resembles_an_svg_is_refused(content: bytes) -> None:
    with pytest.raises(NotAnImageError, match="not a PNG"):
        sniff(Bytes(content))


@pytest.mark.parametrize(
    "content",
    [
        b" " * 5000,
        b"<!--" * 2000,
        b"<?" * 3000,
        b"<!-- -->" * 1000,
        b"<svg " + b"a='" * 2000,
        b"<svg " + b'a="b" \'' * 1000,
        b"<svg>" + b"</svg>" * 2000,
        b"<svg>" + b"</svg ><!--" * 2000,
        b"<svg>" + b"</svg" + b" " * 5000,
    ],
)
def test_of_hostile_content_only_the_ends_are_examined(content: bytes) -> None:
    # `test_regexes.py` proves that the expressions take time in proportion to what they examine.
    read: list[int] = []

    class Counted(Bytes):
        def slice(self, start: int, end: int) -> bytes:
            part = super().slice(start, end)
            read.append(len(part))
            return part

    with suppress(ValueError):
        svg_size(Counted(content))
    assert sum(read) <= 4096 + 1024
