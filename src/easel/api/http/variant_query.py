"""Variants of a stored image: what the query of its URL may ask for, and nothing else.

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

# Neither side of a variant whose size is asked for is longer, whatever the image's shape.
MAX_SIDE = 2048

# The formats that give up quality for size. PNG is not among them: told a quality, Cloudflare
# would make it one of 256 colours.
LOSSY = ("jpeg", "webp", "avif")
_FORMATS = ("png", *LOSSY)

# Cloudflare's own default, said aloud so that it is the same variant.
_QUALITY = 85

# What each fit comes to where only one side is given, and so no area that could be filled.
_FITS = {
    "scale-down": "scale-down",
    "contain": "contain",
    "cover": "contain",
    "crop": "scale-down",
    "pad": "contain",
}

_PARAMETERS = ("w", "h", "fit", "format", "q")

# What can be scaled. An animation's frames are more than the bounds above allow for.
_SOURCES = {EXTENSIONS[name]: name for name in ("png", "jpeg", "webp")}

# Not `int`, which reads "+1", "1_0" and the digits of every script.
_INTEGER = re.compile(r"[1-9]\d{0,3}", re.ASCII)


def parse_variant(query: str, key: str) -> Transformation:
    """Read what is wanted of an image.

    What is left out is filled in, so that requests for the same variant are equal: the format is
    the stored one, and of one side alone the other may be as long as any.

    Args:
        query: as it came, and not empty.
        key: the image's; its ending tells how it is stored.

    Raises:
        UnsupportedParameterError: there is no such parameter, or not for this image.
        InvalidValueError: a value is none of those that are possible.
    """
    texts = read_query(query, _PARAMETERS, "An image's URL")
    stored_as = _SOURCES.get(key.rpartition(".")[2])
    if stored_as is None:
        raise UnsupportedParameterError(
            "This image is served only as it is stored: leave out the query. "
            f"Those that can be resized are {_words(tuple(_SOURCES.values()), 'and')}.",
            param=next(iter(texts)),
        )
    width = _integer(texts, "w", MAX_SIDE)
    height = _integer(texts, "h", MAX_SIDE)
    fit = _choice(texts, "fit", tuple(_FITS))
    image_format = _choice(texts, "format", _FORMATS) or stored_as
    quality = _integer(texts, "q", 100)
    if quality is not None and image_format not in LOSSY:
        raise UnsupportedParameterError(
            f"A {image_format} has no quality: 'q' goes with format {_words(LOSSY)}.", param="q"
        )
    if image_format in LOSSY:
        quality = quality or _QUALITY
    if width is None and height is None:
        if fit is not None:
            raise InvalidValueError(
                "Invalid value for 'fit': it says how an image is brought into the size 'w' and "
                "'h', so it goes with one of them.",
                param="fit",
            )
        return Transformation(image_format, quality)
    fit = fit or "scale-down"
    if width is None or height is None:
        fit = _FITS[fit]
    return Transformation(image_format, quality, Size(width or MAX_SIDE, height or MAX_SIDE), fit)


def canonical_query(variant: Transformation) -> str:
    """The one query that stands for a variant."""
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


def _words(names: Sequence[str], joint: str = "or") -> str:
    return f"{', '.join(names[:-1])} {joint} {names[-1]}"
