"""Parse the query of an image's URL, which describes a variant of the image.

https://developers.cloudflare.com/images/optimization/features/
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from easel.errors import InvalidValueError, UnsupportedParameterError
from easel.media.sniff import EXTENSIONS
from easel.platform.images import Transformation
from easel.platform.size import Size
from easel.wire.query import read_query
from easel.wire.requests import shown

# The longest side of a resized variant, in pixels.
MAX_SIDE = 2048

# The lossy formats. A quality for PNG would make Cloudflare reduce it to 256 colours.
LOSSY = ("jpeg", "webp", "avif")
_FORMATS = ("png", *LOSSY)

# Cloudflare's default. It is sent explicitly, so that both forms are the same variant.
_QUALITY = 85

# The equivalent of each fit if only one side is given, so that there is no area to fill.
_FITS = {
    "scale-down": "scale-down",
    "contain": "contain",
    "cover": "contain",
    "crop": "scale-down",
    "pad": "contain",
}

_PARAMETERS = ("w", "h", "fit", "format", "q")

# The formats that can be resized. Animations have too many pixels in all their frames.
_SOURCES = {EXTENSIONS[name]: name for name in ("png", "jpeg", "webp")}

# `int` alone also accepts "+1", "1_0" and the digits of every script.
_INTEGER = re.compile(r"[1-9]\d{0,3}", re.ASCII)


def parse_variant(query: str, key: str) -> Transformation:
    """Parse the query of a variant.

    Defaults are filled in, so that equal variants have equal transformations: the default format is
    that of the image, and the default of one side is the longest.

    Args:
        query: of the URL, not empty.
        key: of the image; its extension is the format of the image.

    Raises:
        UnsupportedParameterError: the parameter is unknown, or the image cannot be resized.
        InvalidValueError: a value is invalid.
    """
    texts = read_query(query, _PARAMETERS, "An image's URL")
    stored_as = _SOURCES.get(key.rpartition(".")[2])
    if stored_as is None:
        raise UnsupportedParameterError(
            "This image is served only as it is stored: omit the query. "
            f"Only {_words(tuple(_SOURCES.values()), 'and')} images can be resized.",
            param=next(iter(texts)),
        )
    width = _integer(texts, "w", MAX_SIDE)
    height = _integer(texts, "h", MAX_SIDE)
    fit = _choice(texts, "fit", tuple(_FITS))
    image_format = _choice(texts, "format", _FORMATS) or stored_as
    quality = _integer(texts, "q", 100)
    if quality is not None and image_format not in LOSSY:
        raise UnsupportedParameterError(
            f"The format {image_format} has no quality: 'q' works only with the formats "
            f"{_words(LOSSY, 'and')}.",
            param="q",
        )
    if image_format in LOSSY:
        quality = quality or _QUALITY
    if width is None and height is None:
        if fit is not None:
            raise InvalidValueError(
                "Invalid value for 'fit': it says how the image fits into a size, so 'w' or 'h' is "
                "needed.",
                param="fit",
            )
        return Transformation(image_format, quality)
    fit = fit or "scale-down"
    if width is None or height is None:
        fit = _FITS[fit]
    return Transformation(image_format, quality, Size(width or MAX_SIDE, height or MAX_SIDE), fit)


def canonical_query(variant: Transformation) -> str:
    """Return the canonical query of a variant: equal variants have the same."""
    width, height = variant.box or (None, None)
    values = (width, height, variant.fit, variant.format, variant.quality)
    named = zip(_PARAMETERS, values, strict=True)
    return urlencode({name: value for name, value in named if value is not None})


def _integer(texts: Mapping[str, str], name: str, highest: int) -> int | None:
    text = texts.get(name)
    if text is None:
        return None
    if not _INTEGER.fullmatch(text) or int(text) > highest:
        raise _invalid(name, f"an integer from 1 to {highest}", text)
    return int(text)


def _choice(texts: Mapping[str, str], name: str, choices: Sequence[str]) -> str | None:
    text = texts.get(name)
    if text is not None and text not in choices:
        raise _invalid(name, _words(choices), text)
    return text


def _invalid(name: str, expected: str, text: str) -> InvalidValueError:
    return InvalidValueError(
        f"Invalid value for '{name}': expected {expected}, got {shown(text)}.", param=name
    )


def _words(names: Sequence[str], conjunction: str = "or") -> str:
    return f"{', '.join(names[:-1])} {conjunction} {names[-1]}"
