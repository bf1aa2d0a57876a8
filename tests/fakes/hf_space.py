"""Hugging Face Spaces: Gradio apps, each at a path of this server instead of its own host.

The messages of the queue are those of Gradio 6, as observed with `tests/spaces` and as defined in
https://github.com/gradio-app/gradio/blob/main/gradio/routes.py

[fake shape S]      a result as a `path` without a URL, a `text`, a `data` URL, or a `gallery`
[fake stall]        the task starts and never ends
[fake cut]          the stream ends before the task
[fake stream-error] the app reports an unexpected error
[fake linger]       the first stream stays open after its result, and the second one starts its
                    task only when the client has closed the first
"""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

from fakes.answers import Answer, Chunks, Pause, Reply, html_answer, json_answer
from fakes.calls import Call
from fakes.directives import Directives
from fakes.hf_space_apps import SHAPES, SPACES, Space, message_about
from fakes.pictures import Picture
from fakes.server import Fake, serving
from fakes.studio import Order, carry_out

_FUNCTION_INDEX = 3

# The note about a closed stream, and the interval at which a stream checks for it.
_CLOSED = "the client has closed the stream"
_TICK_SECONDS = 0.02

# Errors on joining the queue; all other errors are the app's and are sent in the stream.
_AT_THE_DOOR = {"rate", "model", "down", "busy", "slow"}

_QUOTA = (
    "You have exceeded your ZeroGPU quota (60s requested vs. 0s left). Try again in 0:10:00. "
    '<a style="white-space: nowrap" href="https://huggingface.co/join">Create a free account</a> '
    "to get more usage quota."
)
_TEXTS = {
    "quota": _QUOTA,
    "content": "Your prompt was flagged as NSFW.",
    "parameter": "Value 9999 is greater than maximum value 2048.",
    "key": "Expired ZeroGPU proxy token",
}


class _Queue:
    """The sessions that have joined, with the reply that each stream gets."""

    def __init__(self) -> None:
        self._replies: dict[str, Reply] = {}

    def answer(self, fake: Fake, call: Call) -> Reply:
        """Answer one call."""
        _, name, path = f"{call.path}//".split("/", 2)
        space = SPACES.get(name)
        match call.method, path.rstrip("/"):
            case _ if name == "sleepy-app":
                return html_answer(200, "Your Space is starting")
            case _ if space is None:
                return html_answer(404, "404 - Hugging Face")
            case "GET", "config":
                return json_answer(_config(space))
            case "POST", "gradio_api/queue/join":
                return self._join(fake, call, name, space)
            case "GET", "gradio_api/queue/data":
                return self._replies.pop(call.query["session_hash"], _stream(_unknown()))
            case "POST", "gradio_api/cancel":
                return json_answer({"success": True})
        return json_answer({"detail": "Not Found"}, 404)

    def _join(self, fake: Fake, call: Call, name: str, space: Space) -> Reply:
        body = call.json or {}
        event_id = uuid4().hex
        missing = {"data", "fn_index", "session_hash"} - set(body)
        if missing or body["fn_index"] != _FUNCTION_INDEX:
            return json_answer({"detail": [{"loc": ["body", *missing], "msg": "wrong"}]}, 422)
        if "authorization" in call.headers:
            raise ValueError("a Space was shown a credential")
        values = dict(zip(space.inputs, body["data"], strict=True))

        def success(pictures: list[Picture]) -> Answer:
            made = [_shown(fake, call, name, picture) for picture in pictures]
            directives = _told(call, event_id, [*made, *_told_seed(space, values)])
            if "linger" in Directives(call.prompt):
                return _stream(_linger(fake, call.prompt, directives))
            return _stream(directives)

        def failure(kind: str, _: Call) -> Answer:
            return _refusal(kind, call) or _stream(_failed(event_id, _TEXTS.get(kind)))

        message = next(filter(None, map(message_about, values.values(), space.inputs.values())), "")
        if message:
            reply: Reply = _stream(_failed(event_id, message))
        else:
            size = SHAPES.get(values.get("aspect_ratio", "")) or (
                int(values["width"]),
                int(values["height"]),
            )
            reply = carry_out(fake, call, Order(size, "webp"), failure, success)
        if isinstance(reply, Answer) and reply.status != 200:
            return reply
        self._replies[body["session_hash"]] = reply
        return json_answer({"event_id": event_id})


def fake_hf_space() -> AbstractContextManager[Fake]:
    """Serve the fake; a Space's URL is `fake.url` and the Space's host name without `.hf.space`."""
    return serving(_Queue().answer)


def _config(space: Space) -> dict[str, Any]:
    others = [{"id": index, "api_name": f"lambda_{index}"} for index in range(_FUNCTION_INDEX)]
    return {
        "version": "6.31.0",
        "api_prefix": "/gradio_api",
        "protocol": "sse_v3",
        "components": [],
        "dependencies": [*others, {"id": _FUNCTION_INDEX, "api_name": space.function}],
    }


def _shown(fake: Fake, call: Call, name: str, picture: Picture) -> Any:
    hosted = fake.host(call.prompt, picture, folder=f"{name}/gradio_api/file=/tmp/gradio")
    url, path = f"{fake.url}{hosted}", hosted.partition("file=")[2]
    file = {"path": path, "url": url, "orig_name": "x.webp", "meta": {"_type": "gradio.FileData"}}
    match Directives(call.prompt).get("shape"):
        case "path":
            return {**file, "url": None}
        case "text":
            return url
        case "data":
            encoded = base64.b64encode(picture.content).decode()
            return f"data:{picture.media_type};base64,{encoded}"
        case "gallery":
            return [{"image": file, "caption": None}]
    return file


def _told_seed(space: Space, values: Mapping[str, Any]) -> list[Any]:
    match space.reports_seed:
        case "number":
            return [values["seed"]]
        case "sentence":
            return [f"Seed used for generation: {values['seed']}"]
    return []


def _refusal(kind: str, call: Call) -> Answer | None:
    """The refusal to let a request join the queue, or None."""
    match kind:
        case "rate":
            seconds = Directives(call.prompt).get("retry-after", "1")
            limited = html_answer(429, "429 Too Many Requests")
            return Answer(429, {**limited.headers, "retry-after": seconds}, limited.body)
        case "model":
            return json_answer({"detail": "Not Found"}, 404)
        case "down":
            return json_answer({"detail": "Queue is full. Max size is 20 and size is 20."}, 503)
        case "busy":
            return html_answer(502, "502 Bad Gateway")
        case "slow":
            return html_answer(504, "504 Gateway Time-out")
    return None


def _stream(events: Chunks) -> Answer:
    return Answer(200, {"content-type": "text/event-stream; charset=utf-8"}, events)


def _message(name: str, event_id: str | None, **content: Any) -> bytes:
    data = json.dumps({"msg": name, "event_id": event_id, **content})
    return f"data: {data}\n\n".encode()


def _unknown() -> Chunks:
    yield _message("unexpected_error", None, message="404: Not Found", session_not_found=True)


def _begun(event_id: str) -> Iterator[bytes]:
    yield _message("estimation", event_id, rank=1, queue_size=2, rank_eta=4.2)
    yield _message("heartbeat", None)
    # An event of another call in the same session, for example of an interrupted one.
    yield _message("process_completed", uuid4().hex, output={"data": []}, success=True)
    yield _message("process_starts", event_id, eta=4.2)
    progress = {"index": 1, "length": 4, "unit": "steps", "progress": None, "desc": None}
    yield _message("progress", event_id, progress_data=[progress])
    yield _message("log", event_id, log="Waiting for a GPU", level="info", title="ZeroGPU queue")


def _told(call: Call, event_id: str, data: list[Any]) -> Chunks:
    directives = Directives(call.prompt)
    yield from _begun(event_id)
    if "stall" in directives:
        yield Pause(None)
    if "cut" in directives:
        return
    if "stream-error" in directives:
        yield _message("unexpected_error", None, message="Server stopped unexpectedly.")
        return
    generating = {"data": [None] * len(data), "is_generating": True}
    yield _message("process_generating", event_id, output=generating, success=True)
    output = {"data": data, "is_generating": False, "duration": 4.2}
    yield _message("process_completed", event_id, output=output, success=True, title=None)
    yield _message("close_stream", None)


def _linger(fake: Fake, prompt: str, chunks: Chunks) -> Chunks:
    """A stream that stays open; the second one with this prompt waits until the first is closed."""
    if fake.turn(f"linger {prompt}"):
        while _CLOSED not in fake.notes(prompt):
            yield Pause(_TICK_SECONDS)
        yield from chunks
        return
    try:
        yield from chunks
        yield Pause(None)
    finally:
        fake.note(prompt, _CLOSED)


def _failed(event_id: str, text: str | None) -> Chunks:
    yield from _begun(event_id)
    title = "ZeroGPU quota exceeded" if text == _QUOTA else "Error"
    output = {"error": text, "duration": 10, "visible": True, "title": title}
    yield _message("process_completed", event_id, output=output, success=False, title=title)
    yield _message("close_stream", None)
