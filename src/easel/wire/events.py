"""Server-sent events of a streamed response, in the format that both OpenAI SDKs read.

The heartbeat is a comment, because both SDKs ignore comments. Every event ends with a blank line;
without it the SDKs lose the last event. https://platform.openai.com/docs/api-reference/images-streaming
"""

from collections.abc import Mapping
from dataclasses import dataclass

from easel.errors import EaselError
from easel.platform.buffers import Buffer
from easel.platform.http import Base64, Parts
from easel.platform.size import Size
from easel.wire.json_encoder import encode
from easel.wire.responses import error_object
from easel.wire.usage import Usage

HEARTBEAT: Parts = (": ping\n\n",)

# The prefix of OpenAI's event names, by task.
_NAMES: Mapping[str, str] = {"generate": "image_generation", "edit": "image_edit"}

# The only values that OpenAI's schema of the events allows; `auto` replaces any other.
_SIZES = ("1024x1024", "1024x1536", "1536x1024")
_QUALITIES = ("low", "medium", "high")


@dataclass(frozen=True)
class EventImage:
    """An image and its metadata, for an event.

    Attributes:
        task: `generate` or `edit`.
        created: Unix time in seconds.
        format: the real format, although OpenAI's schema of the events has no SVG.
        quality: the requested quality, or None.
        is_transparent: whether a transparent background was requested.
    """

    task: str
    created: int
    content: Buffer
    format: str
    size: Size
    quality: object = None
    is_transparent: bool = False


def partial_event(image: EventImage, index: int) -> Parts:
    """The event with a partial image; `index` counts from 0."""
    return _event("partial_image", image, {"partial_image_index": index})


def completed_event(image: EventImage, url: str | None, usage: Usage) -> Parts:
    """The event with a finished image; its `url` is an extra key that OpenAI's event lacks."""
    extra = {} if url is None else {"url": url}
    return _event("completed", image, {"usage": usage, **extra})


def _event(kind: str, image: EventImage, extra_fields: Mapping[str, object]) -> Parts:
    name = f"{_NAMES[image.task]}.{kind}"
    fields: dict[str, object] = {
        "type": name,
        "b64_json": Base64(image.content),
        "created_at": image.created,
        "size": str(image.size) if str(image.size) in _SIZES else "auto",
        "quality": image.quality if image.quality in _QUALITIES else "auto",
        "background": "transparent" if image.is_transparent else "opaque",
        "output_format": image.format,
        **extra_fields,
    }
    return _frame(name, fields)


def error_event(error: EaselError) -> Parts:
    """The event that ends a stream without an image."""
    return _frame("error", {"type": "error", **error_object(error)})


def _frame(name: str, data: Mapping[str, object]) -> Parts:
    # In ASCII: some clients also split lines at the line separators of Unicode.
    return (f"event: {name}\ndata: ", *encode(data, ascii_only=True), "\n\n")
