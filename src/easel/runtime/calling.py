"""Call providers over HTTP."""

import json
from collections.abc import Callable
from typing import Any, Literal

from pyodide.ffi import JsException, to_js

from easel.platform.buffers import Buffer, JsonValue
from easel.platform.calls import (
    CallFailure,
    CallHttp,
    Event,
    EventStream,
    HttpAnswer,
    HttpCall,
    do_nothing,
)
from easel.runtime.bridge import script
from easel.runtime.buffers import JsBuffer, detach, from_outline

_REASONS: tuple[Literal["timeout", "too_large", "unreadable", "left"], ...] = (
    "timeout",
    "too_large",
    "unreadable",
    "left",
)


def http_caller(leaving: Any, grace: Callable[[], float]) -> CallHttp:
    """`platform.calls.CallHttp` with the runtime's `fetch`.

    Args:
        leaving: the JavaScript signal that tells that the client has left.
        grace: seconds for what is under way then.
    """

    async def call_http(call: HttpCall, *, seconds: float, limit: int) -> HttpAnswer:
        body, attachments = (None, []) if call.body is None else detach(call.body)
        facts = {
            "method": call.method,
            "url": call.url,
            "headers": dict(call.headers),
            "encoding": call.encoding,
            "reads_events": call.reads_events,
            "milliseconds": round(1000 * seconds),
            "limit": limit,
            "grace": round(1000 * grace()),
        }
        try:
            answer = await script("calling.js").callHttp(
                json.dumps(facts), body, to_js(attachments), leaving
            )
        except JsException as error:
            raise _failure(error) from error
        description, release, *content = answer
        known = json.loads(description)
        read = _body(known["kind"], content)
        return HttpAnswer(known["status"], known["headers"], read, release or do_nothing)

    return call_http


def _body(kind: str, content: list[Any]) -> JsonValue | Buffer | EventStream:
    match kind:
        case "events":
            return JsEvents(content[0])
        case "bytes":
            return JsBuffer(content[0])
        case "text":
            return str(content[0])
    return _json(content)


def _json(content: list[Any]) -> JsonValue:
    try:
        return from_outline(content)
    except ValueError as error:
        raise CallFailure("unreadable", f"unreadable JSON: {error}") from error


class JsEvents:
    """`EventStream` on an answer's body."""

    def __init__(self, events: Any) -> None:
        self._events = events

    async def next(self) -> Event | None:
        """Wait for an event; None at the end."""
        try:
            found = await self._events.next()
        except JsException as error:
            raise _failure(error) from error
        if found is None:
            return None
        name, kind, *content = found
        return Event(str(name), _json(content) if kind == "json" else str(content[0]))

    async def cancel(self) -> None:
        """Close the connection; without effect where the stream has ended."""
        await self._events.cancel()


def _failure(error: JsException) -> CallFailure:
    reason, _, message = str(error.message).partition(": ")
    for known in _REASONS:
        if reason == known:
            return CallFailure(known, message)
    return CallFailure("lost", str(error.message))
