"""Server-sent events of a streamed answer, in the form that both OpenAI SDKs read.

A comment is the only heartbeat that neither SDK stumbles over; every event ends with a blank line,
without which the last one is lost. https://platform.openai.com/docs/api-reference/images-streaming
"""

import json
from collections.abc import Mapping

from easel.errors import EaselError
from easel.handles import Buffer
from easel.http import Base64, Parts
from easel.size import Size
from easel.wire.responses import error_object

HEARTBEAT: Parts = (": ping\n\n",)

# OpenAI's event for each task.
_NAMES: Mapping[str, str] = {
    "generate": "image_generation.completed",
    "edit": "image_edit.completed",
}

# The only sizes that the event's schema knows; `auto` stands for any other.
_SIZES = ("1024x1024", "1024x1536", "1536x1024")

# The schema wants token counts, and what easel calls counts no tokens.
_USAGE = {
    "total_tokens": 0,
    "input_tokens": 0,
    "output_tokens": 0,
    "input_tokens_details": {"text_tokens": 0, "image_tokens": 0},
}


def completed_event(
    task: str, created: int, content: Buffer, image_format: str, size: Size, url: str | None
) -> Parts:
    """The event that carries a finished image.

    Args:
        task: `generate` or `edit`.
        created: Unix time in seconds.
        content: the image.
        image_format: its format.
        size: its size in pixels.
        url: where it is stored, which OpenAI's event has no key for; None where it is not.
    """
    name = _NAMES[task]
    fields: dict[str, object] = {
        "created_at": created,
        "size": str(size) if str(size) in _SIZES else "auto",
        "quality": "auto",
        "background": "opaque",
        "output_format": image_format,
        "usage": _USAGE,
    }
    if url is not None:
        fields["url"] = url
    rest = json.dumps(fields, separators=(",", ":"))
    return (
        f'event: {name}\ndata: {{"type":"{name}","b64_json":"',
        Base64(content),
        f'",{rest[1:]}\n\n',
    )


def error_event(error: EaselError) -> Parts:
    """The event that ends a stream in which no image came."""
    data = json.dumps({"type": "error", **error_object(error)}, separators=(",", ":"))
    return (f"event: error\ndata: {data}\n\n",)
