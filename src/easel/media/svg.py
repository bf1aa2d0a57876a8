"""What an SVG is, read from its beginning and its end; nothing in it is run or looked up.

https://www.w3.org/TR/SVG2/coords.html#ViewBoxAttribute, and for what may stand before the root
element https://www.w3.org/TR/xml/#sec-prolog-dtd
"""

import re

from easel.platform.buffers import Buffer
from easel.platform.size import Size

# A prologue is some hundred bytes; the tag of the root element may name a dozen namespaces.
_HEAD = 4096
_TAIL = 1024

# Up to the first `?>`, and to the first `-->`; written so that there is one way to match each.
_INSTRUCTION = r"<\?[^?]*\?+(?:[^?>][^?]*\?+)*>"
_COMMENT = r"<!--[^-]*(?:-(?:[^-]|-+[^->])[^-]*)*--+>"

# A document type with declarations of its own, which could be anything, is no image's.
_PROLOGUE = rf"\ufeff?(?:\s|{_INSTRUCTION}|{_COMMENT}|<!DOCTYPE\s+svg\b[^\[<>]*>)*+"
_ROOT = re.compile(rf"{_PROLOGUE}<svg(?=[\s>])((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+)>", re.S)
_END = re.compile(rf"</svg\s*>(?:\s|{_COMMENT})*+\Z".encode())

_ATTRIBUTE = re.compile(r"""\s(width|height|viewBox)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_PIXELS = re.compile(r"\s*(\d{1,6}(?:\.\d{1,9})?)(?:px)?\s*", re.ASCII)
_SEPARATORS = re.compile(r"[\s,]+")

# What has no size of its own is shown as large as anything that is embedded.
# https://www.w3.org/TR/CSS2/visudet.html#inline-replaced-width
_DEFAULT = Size(300, 150)


class BrokenSvgError(ValueError):
    """It is an SVG, but not a whole one; the message says why."""


def svg_size(content: Buffer) -> Size | None:
    """The size that an SVG is shown at, in pixels; None of what is none.

    Raises:
        BrokenSvgError: it is cut off.
    """
    root = _ROOT.match(content.slice(0, _HEAD).decode("utf-8", "replace"))
    if root is None:
        return None
    if not _END.search(content.slice(max(0, content.size - _TAIL), content.size)):
        raise BrokenSvgError("the SVG is cut off")
    found = {name: double or single for name, double, single in _ATTRIBUTE.findall(root[1])}
    width, height = _pixels(found.get("width")), _pixels(found.get("height"))
    box = _box(found.get("viewBox", ""))
    if width and height:
        return _size(width, height)
    if box is None:
        return _DEFAULT
    across, down = box
    # One side alone gives the other by the shape of the box.
    scale = width / across if width else height / down if height else 1.0
    return _size(across * scale, down * scale)


def _pixels(text: str | None) -> float:
    """A length in pixels; 0 of one in any other unit, such as a share of what is around it."""
    match = _PIXELS.fullmatch(text or "")
    return float(match[1]) if match else 0.0


def _box(text: str) -> tuple[float, float] | None:
    """Width and height of a view box, which says where it begins, too."""
    parts = _SEPARATORS.split(text.strip())
    width, height = (_pixels(part) for part in parts[2:]) if len(parts) == 4 else (0.0, 0.0)
    return (width, height) if width and height else None


def _size(width: float, height: float) -> Size:
    return Size(max(1, round(width)), max(1, round(height)))
