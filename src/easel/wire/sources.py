"""Where the images of an edit come from: uploads, URLs, data URLs, bare base64.

Official clients upload files, or name `images` with an `image_url` each; many others send `image`,
`mask` or `image_b64` as text. All are taken.
https://platform.openai.com/docs/api-reference/images/createEdit
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from easel.errors import InvalidValueError, UnsupportedParameterError
from easel.platform.buffers import Buffer, LongText

# A URL, a data URL or base64; or the file itself.
Content = str | LongText | Buffer

_IMAGE_FIELDS = ("image", "images", "image_b64")
_INDEXED = re.compile(r"(images?|mask)(?:\[\d*\])?")


@dataclass(frozen=True)
class Source:
    """One image as the caller gave it, and how the caller called it."""

    param: str
    content: Content


@dataclass
class Sources:
    """The images of a request."""

    images: list[Source] = field(default_factory=list)
    masks: list[Source] = field(default_factory=list)

    def add(self, name: str, content: Content) -> None:
        """Take in an image under its field's name."""
        (self.masks if name.startswith("mask") else self.images).append(Source(name, content))


def is_image_field(name: str) -> bool:
    """Whether a part of a form holds an image: `image`, `image[]`, `image[0]`, `mask`, ..."""
    return name == "image_b64" or _INDEXED.fullmatch(name) is not None


def take_sources(fields: dict[str, Any]) -> Sources:
    """Take the images out of a JSON object.

    Raises:
        InvalidValueError: one is given in a way that means nothing.
        UnsupportedParameterError: one is the id of a file at OpenAI.
    """
    sources = Sources()
    for name in (*_IMAGE_FIELDS, "mask"):
        for param, content in _flatten(name, fields.pop(name, None)):
            sources.add(param, content)
    return sources


def _flatten(param: str, value: Any) -> Iterator[tuple[str, Content]]:
    if value is None:
        return
    if isinstance(value, (str, LongText)) and value != "":
        yield param, value
    elif isinstance(value, list) and not param.startswith("mask"):
        for index, item in enumerate(value):
            yield from _flatten(f"{param}[{index}]", item)
    elif isinstance(value, Mapping) and value.get("file_id") is not None:
        raise UnsupportedParameterError(
            "easel has no files with ids: send the image itself, or its URL as 'image_url'.",
            param=f"{param}.file_id",
        )
    elif isinstance(value, Mapping) and set(value) <= {"image_url", "file_id", "type"}:
        url = value.get("image_url")
        # Chat messages have the URL one level deeper.
        yield from _flatten(
            f"{param}.image_url", url.get("url") if isinstance(url, Mapping) else url or 0
        )
    else:
        raise InvalidValueError(
            f"Invalid value for '{param}': expected a URL, a data URL or base64.", param=param
        )
