"""Input images of an edit: uploads, URLs, data URLs or base64.

OpenAI's clients upload files or send `images` with an `image_url` each; many others send `image`,
`mask` or `image_b64` as strings. All are accepted.
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
    """An input image, and the name of the parameter that has it."""

    param: str
    content: Content


@dataclass
class Sources:
    """The input images of a request."""

    images: list[Source] = field(default_factory=list)
    masks: list[Source] = field(default_factory=list)

    def add(self, name: str, content: Content) -> None:
        """Add an image, by the name of its field."""
        (self.masks if name.startswith("mask") else self.images).append(Source(name, content))


def is_image_field(name: str) -> bool:
    """Whether a form field has an image: `image`, `image[]`, `image[0]`, `mask`, ..."""
    return name == "image_b64" or _INDEXED.fullmatch(name) is not None


def extract_sources(fields: dict[str, Any]) -> Sources:
    """Remove the input images from a JSON object and return them.

    Raises:
        InvalidValueError: a value is not an image.
        UnsupportedParameterError: a value is the id of a file at OpenAI.
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
            "easel does not support file ids: send the image itself, or its URL as 'image_url'.",
            param=f"{param}.file_id",
        )
    elif isinstance(value, Mapping) and set(value) <= {"image_url", "file_id", "type"}:
        url = value.get("image_url")
        # In chat messages the URL is one level deeper.
        yield from _flatten(
            f"{param}.image_url", url.get("url") if isinstance(url, Mapping) else url or 0
        )
    else:
        raise InvalidValueError(
            f"Invalid value for '{param}': expected a URL, a data URL or base64.", param=param
        )
