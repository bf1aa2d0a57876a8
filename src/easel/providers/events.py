"""Read a stream of OpenAI's events: partial images, then the finished one.

https://platform.openai.com/docs/api-reference/images-streaming
"""

from collections.abc import Generator

from easel.errors import EmptyResultError, ProviderError
from easel.platform.buffers import JsonValue
from easel.platform.calls import Event, EventStream, HttpAnswer
from easel.providers.error_report import read_error
from easel.providers.failures import error_from_report
from easel.providers.json_values import first_text, text_at
from easel.providers.pictures import decode, picture_from
from easel.providers.protocol import NextEvent, Partial, Result, Sent, Step

# An error inside a stream has no status. Its meaning is read from its words, as that of a 400.
_NO_STATUS = 400

# A caller can request at most three partial images.
_INDEXES = range(4)


def follow(stream: EventStream, title: str) -> Generator[Step, Sent, Result]:
    """Show partial images until the finished one arrives.

    Raises:
        EmptyResultError: the stream ended before that.
        EaselError: the stream sent an error.
    """
    while True:
        event = yield NextEvent(stream)
        if event is None:
            raise EmptyResultError(f"{title} ended its stream before the image was finished.")
        data = event.data if isinstance(event, Event) else None
        if not isinstance(data, dict):
            continue
        kind = text_at(data, "type")
        if kind == "error" or "error" in data:
            raise _error(data, title)
        text = first_text(data, "b64_json")
        if text is None:
            continue
        if kind.endswith(".partial_image"):
            index = data.get("partial_image_index")
            try:
                content = decode(text, title)
            except EmptyResultError:
                # A broken partial image must not lose the finished one.
                continue
            yield Partial(content, index if type(index) is int and index in _INDEXES else 0)
        elif kind.endswith(".completed"):
            usage = data.get("usage")
            return Result([picture_from(text, title)], usage if isinstance(usage, dict) else None)


def _error(data: JsonValue, title: str) -> Exception:
    error = error_from_report(read_error(HttpAnswer(_NO_STATUS, {}, data)), title)
    if error.status == _NO_STATUS and not error.allows_fallback:
        # Words can show a refusal. Any other error after the start is not the caller's.
        return ProviderError(error.message)
    # The work had begun.
    error.billed = True
    return error
