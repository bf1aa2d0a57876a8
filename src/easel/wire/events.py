"""Server-sent events of a streamed answer, in the form that both OpenAI SDKs read.

A comment is the only heartbeat that neither SDK stumbles over; every event ends with a blank line,
without which the last one is lost. https://platform.openai.com/docs/api-reference/images-streaming
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

# How OpenAI's events begin for each task.
_NAMES: Mapping[str, str] = {"generate": "image_generation", "edit": "image_edit"}

# The only values that the events' schema knows; `auto` stands for any other.
_SIZES = ("1024x1024", "1024x1536", "1536x1024")
_QUALITIES = ("low", "medium", "high")


@dataclass(frozen=True)
class Shown:
    """An image as an event shows it.

    Attributes:
        task: `generate` or `edit`.
        created: Unix time in seconds.
        content: the image.
        format: of it, told as it is, though the events' schema knows no SVG.
        size: of it, in pixels.
        quality: what was asked for, or None.
        is_transparent: whether its background was asked to be.
    """

    task: str
    created: int
    content: Buffer
    format: str
    size: Size
    quality: object = None
    is_transparent: bool = False


def partial_event(image: Shown, index: int) -> Parts:
    """The event that carries what there is so far of an image; `index` counts from 0."""
    return _event("partial_image", image, {"partial_image_index": index})


def completed_event(image: Shown, url: str | None, usage: Usage) -> Parts:
    """The event that carries a finished image.

    Args:
        image: the image.
        url: where it is stored, which OpenAI's event has no key for; None where it is not.
        usage: token counts.
    """
    where = {} if url is None else {"url": url}
    return _event("completed", image, {"usage": usage, **where})


def _event(kind: str, image: Shown, more: Mapping[str, object]) -> Parts:
    name = f"{_NAMES[image.task]}.{kind}"
    fields: dict[str, object] = {
        "type": name,
        "b64_json": Base64(image.content),
        "created_at": image.created,
        "size": str(image.size) if str(image.size) in _SIZES else "auto",
        "quality": image.quality if image.quality in _QUALITIES else "auto",
        "background": "transparent" if image.is_transparent else "opaque",
        "output_format": image.format,
        **more,
    }
    return _frame(name, fields)


def error_event(error: EaselError) -> Parts:
    """The event that ends a stream in which no image came."""
    return _frame("error", {"type": "error", **error_object(error)})


def _frame(name: str, data: Mapping[str, object]) -> Parts:
    # In ASCII: some clients also split lines at the line separators of Unicode.
    return (f"event: {name}\ndata: ", *encode(data, ascii_only=True), "\n\n")
