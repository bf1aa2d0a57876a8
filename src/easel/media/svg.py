"""Detect an SVG and its size from its beginning and its end; no script or reference is followed.

https://www.w3.org/TR/SVG2/coords.html#ViewBoxAttribute; the prologue before the root element is
https://www.w3.org/TR/xml/#sec-prolog-dtd
"""

import re

from easel.platform.buffers import Buffer
from easel.platform.size import Size

# A prologue has some hundred bytes, and the root element may declare a dozen namespaces.
_HEAD = 4096
_TAIL = 1024

# Up to the first `?>` and the first `-->`, without ambiguity, so that no match backtracks.
_INSTRUCTION = r"<\?[^?]*\?+(?:[^?>][^?]*\?+)*>"
_COMMENT = r"<!--[^-]*(?:-(?:[^-]|-+[^->])[^-]*)*--+>"

# A document type with declarations of its own is rejected: they could define anything.
_PROLOGUE = rf"\ufeff?(?:\s|{_INSTRUCTION}|{_COMMENT}|<!DOCTYPE\s+svg\b[^\[<>]*>)*+"
_ROOT = re.compile(rf"{_PROLOGUE}<svg(?=[\s>])((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+)>", re.S)
_END = re.compile(rf"</svg\s*>(?:\s|{_COMMENT})*+\Z".encode())

_ATTRIBUTE = re.compile(r"""\s(width|height|viewBox)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_PIXELS = re.compile(r"\s*(\d{1,6}(?:\.\d{1,9})?)(?:px)?\s*", re.ASCII)
_SEPARATORS = re.compile(r"[\s,]+")

# The size of an SVG without width, height and viewBox: the default size of embedded content.
# https://www.w3.org/TR/CSS2/visudet.html#inline-replaced-width
_DEFAULT = Size(300, 150)


class BrokenSvgError(ValueError):
    """The bytes are an SVG that is incomplete; the message says why."""


def svg_size(content: Buffer) -> Size | None:
    """Return the size at which an SVG is displayed, in pixels; None if it is not an SVG.

    Raises:
        BrokenSvgError: the SVG is incomplete.
    """
    root = _ROOT.match(content.slice(0, _HEAD).decode("utf-8", "replace"))
    if root is None:
        return None
    if not _END.search(content.slice(max(0, content.size - _TAIL), content.size)):
        raise BrokenSvgError("the SVG file is incomplete")
    found = {name: double or single for name, double, single in _ATTRIBUTE.findall(root[1])}
    width, height = _pixels(found.get("width")), _pixels(found.get("height"))
    box = _box(found.get("viewBox", ""))
    if width and height:
        return _size(width, height)
    if box is None:
        return _DEFAULT
    box_width, box_height = box
    # The aspect ratio of the view box gives the side that is missing.
    scale = width / box_width if width else height / box_height if height else 1.0
    return _size(box_width * scale, box_height * scale)


def _pixels(text: str | None) -> float:
    """Parse a length in pixels; 0 for any other unit, such as a percentage."""
    match = _PIXELS.fullmatch(text or "")
    return float(match[1]) if match else 0.0


def _box(text: str) -> tuple[float, float] | None:
    """Parse the width and height of a view box, which follow its x and y."""
    parts = _SEPARATORS.split(text.strip())
    width, height = (_pixels(part) for part in parts[2:]) if len(parts) == 4 else (0.0, 0.0)
    return (width, height) if width and height else None


def _size(width: float, height: float) -> Size:
    return Size(max(1, round(width)), max(1, round(height)))
