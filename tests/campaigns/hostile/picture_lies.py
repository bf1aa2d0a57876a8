"""Lies of images: hostile ones, in bodies of their own and in base64."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from campaigns.hostile.json_lies import Path, at, dumps, paths_of, put
from campaigns.hostile.reply import Good, Lies
from campaigns.images import IMAGES

# How base64 of an image begins.
_BEGINNINGS = ("iVBORw0KGgo", "/9j/", "UklGR", "data:image")


def _encoded(content: object) -> Iterator[Path]:
    for path in paths_of(content):
        value = at(content, path)
        if isinstance(value, str) and value.startswith(_BEGINNINGS):
            yield path


def _hostile(good: Good, rng: Random) -> Good:
    name = rng.choice([*IMAGES])
    image = IMAGES[name]()
    if (content := good.json) is None:
        return replace(good, body=image)
    text = base64.b64encode(image).decode()
    for path in [*_encoded(content)]:
        content = put(content, path, text)
    return replace(good, body=dumps(content))


def _declared_otherwise(good: Good, rng: Random) -> Good:
    types = ("image/png", "image/jpeg", "image/webp", "image/svg+xml", "text/html", "image/x", "")
    return good.with_header("content-type", rng.choice(types))


def _other_encoding(good: Good, rng: Random) -> Good:
    """Base64 that is not quite that."""
    if (content := good.json) is None:
        return replace(good, body=base64.b64encode(good.body))
    for path in [*_encoded(content)]:
        text = at(content, path)
        spelled = (
            text.rstrip("="),
            text + "=",
            text.replace("+", "-").replace("/", "_"),
            text[:100] + "\n" + text[100:],
            text[:101],
            text[:100] + "*" + text[100:],
            f"data:image/png;base64,{text}",
            f"data:text/html;base64,{text}",
        )
        content = put(content, path, rng.choice(spelled))
    return replace(good, body=dumps(content))


PICTURE_LIES: Lies = {
    "hostile image": _hostile,
    "another hostile image": _hostile,
    "declared otherwise": _declared_otherwise,
    "encoded otherwise": _other_encoding,
}


def has_picture(good: Good) -> bool:
    """Whether there is an image to lie about."""
    if good.content_type.startswith("image/"):
        return True
    return good.json is not None and any(_encoded(good.json))
