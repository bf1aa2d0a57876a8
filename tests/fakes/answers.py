"""What a fake can answer, from a well-formed response to a broken connection."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Pause:
    """A wait within a stream; None lasts until the client is gone."""

    seconds: float | None


Chunks = Iterator[bytes | Pause]


@dataclass(frozen=True)
class Answer:
    """An HTTP response.

    Attributes:
        status: HTTP status.
        headers: all but those that frame the body.
        body: whole, or in chunks that are sent as soon as there are any.
        declared: the content-length where it is not that of the body: chunks are then sent as they
            are, and the connection is closed behind a body that is shorter than declared.
        delay: how many seconds it is held back.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Chunks = b""
    declared: int | None = None
    delay: float = 0


@dataclass(frozen=True)
class Hang:
    """No answer, ever."""


@dataclass(frozen=True)
class Reset:
    """No answer, and a connection that breaks."""

    delay: float = 0


Reply = Answer | Hang | Reset


class RefusedError(Exception):
    """The request gets this answer instead of what it asked for."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(content: Any, status: int = 200, **headers: str) -> Answer:
    """JSON, as an API sends it; `retry_after="1"` is the header `retry-after: 1`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        status, {"content-type": "application/json", **named}, json.dumps(content).encode()
    )


def html_answer(status: int, title: str) -> Answer:
    """A page of whatever stands before an API: a proxy, a login, a parked domain."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{title}</body></html>"
    return Answer(status, {"content-type": "text/html; charset=utf-8"}, page.encode())


def text_answer(status: int, text: str) -> Answer:
    """Plain text."""
    return Answer(status, {"content-type": "text/plain; charset=utf-8"}, text.encode())


def event(name: str, content: Mapping[str, Any]) -> bytes:
    """One event of a stream; its data repeat the name as `type`."""
    data = json.dumps({"type": name, **content})
    return f"event: {name}\ndata: {data}\n\n".encode()
