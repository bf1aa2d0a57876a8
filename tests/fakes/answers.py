"""The replies of a fake, from a well-formed response to a broken connection."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Pause:
    """A wait within a stream; None lasts until the client disconnects."""

    seconds: float | None


Chunks = Iterator[bytes | Pause]


@dataclass(frozen=True)
class Answer:
    """An HTTP response.

    Attributes:
        status: HTTP status.
        headers: all except those that frame the body.
        body: complete, or in chunks that are sent as they arrive.
        declared: a content-length that differs from the length of the body: chunks are then sent
            unframed, and the connection is closed after a body that is shorter than declared.
        delay: seconds before the response is sent.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Chunks = b""
    declared: int | None = None
    delay: float = 0


@dataclass(frozen=True)
class Hang:
    """No reply at all."""


@dataclass(frozen=True)
class Reset:
    """No reply, and a connection reset."""

    delay: float = 0


Reply = Answer | Hang | Reset


class RefusedError(Exception):
    """Raised to give the request this answer instead of its result."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(content: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON response; `retry_after="1"` becomes the header `retry-after: 1`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        status, {"content-type": "application/json", **named}, json.dumps(content).encode()
    )


def html_answer(status: int, title: str) -> Answer:
    """An HTML page, as from a proxy, a login or a parked domain in front of an API."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{title}</body></html>"
    return Answer(status, {"content-type": "text/html; charset=utf-8"}, page.encode())


def text_answer(status: int, text: str) -> Answer:
    """A plain text response."""
    return Answer(status, {"content-type": "text/plain; charset=utf-8"}, text.encode())


def event(name: str, content: Mapping[str, Any]) -> bytes:
    """One server-sent event, whose data repeats the name as `type`."""
    data = json.dumps({"type": name, **content})
    return f"event: {name}\ndata: {data}\n\n".encode()
