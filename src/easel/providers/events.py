"""Follow a stream of OpenAI's events, from partial images to the finished one.

https://platform.openai.com/docs/api-reference/images-streaming
"""

from collections.abc import Generator

from easel.errors import EmptyResultError, ProviderError
from easel.platform.buffers import JsonValue
from easel.platform.calls import Event, EventStream, HttpAnswer
from easel.providers.error_report import read_error
from easel.providers.failures import failure_of
from easel.providers.pictures import decode, picture_from, text_of
from easel.providers.protocol import NextEvent, Partial, Result, Sent, Step

# An error inside a stream has no status; what a status would say, its words must.
_NO_STATUS = 400

# A caller asks for three partial images at most.
_INDEXES = range(4)


def follow(stream: EventStream, title: str) -> Generator[Step, Sent, Result]:
    """Pass on partial images until the last one is there.

    Raises:
        EmptyResultError: the stream ended before that.
        EaselError: it brought an error instead.
    """
    while True:
        event = yield NextEvent(stream)
        if event is None:
            raise EmptyResultError(f"{title} ended its stream before the image was finished.")
        data = event.data if isinstance(event, Event) else None
        if not isinstance(data, dict):
            continue
        kind = str(data.get("type", ""))
        if kind == "error" or "error" in data:
            raise _error(data, title)
        text = text_of(data, "b64_json")
        if text is None:
            continue
        if kind.endswith(".partial_image"):
            index = data.get("partial_image_index")
            try:
                content = decode(text, title)
            except EmptyResultError:
                # One that is broken must not lose the image that it was a part of.
                continue
            yield Partial(content, index if type(index) is int and index in _INDEXES else 0)
        elif kind.endswith(".completed"):
            usage = data.get("usage")
            return Result([picture_from(text, title)], usage if isinstance(usage, dict) else None)


def _error(data: JsonValue, title: str) -> Exception:
    error_report = read_error(HttpAnswer(_NO_STATUS, {}, data))
    error = failure_of(error_report, title)
    if error.status == _NO_STATUS and not error.falls_over:
        # Only refusals can be told by words; whatever else stopped it was not the caller.
        return ProviderError(error.message)
    # The work had begun.
    error.billed = True
    return error
