"""Answers of upstreams: good ones, and the bytes of bad ones."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from random import Random
from typing import Any, Literal

# What is planted in answers, and must not come out of easel.
SECRET = "sk-upstream-SECRET-5d1f7c9a3e8b2064"
INTERNAL_HOST = "10.66.77.88"
INTERNAL = f"http://{INTERNAL_HOST}:9099/internal/worker"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Good:
    """The answer of a provider that tells the truth.

    Attributes:
        headers: without those that frame the body.
        prompt: what was asked of the provider.
        trap: the port where nothing may connect.
        url: the origin of the provider.
        path: that was asked for.
    """

    status: int
    headers: Headers
    body: bytes
    prompt: str
    trap: int
    url: str
    path: str

    @property
    def content_type(self) -> str:
        """Without parameters."""
        found = next((value for name, value in self.headers if name == "content-type"), "")
        return found.partition(";")[0].strip()

    @property
    def json(self) -> Any:
        """The body where it is JSON, else None."""
        return json.loads(self.body) if self.content_type == "application/json" else None

    def with_json(self, content: object) -> "Good":
        """The same with other JSON."""
        return replace(self, body=json.dumps(content).encode())

    def with_header(self, name: str, value: str) -> "Good":
        """The same with a header in place of its own."""
        others = (pair for pair in self.headers if pair[0] != name)
        return replace(self, headers=(*others, (name, value)))


Ending = Literal["close", "reset"]


@dataclass(frozen=True)
class Wire:
    """Bytes to send, with pauses in seconds between them; None waits until the client is gone."""

    pieces: Iterable[bytes | float | None]
    ending: Ending = "close"


# A lie about an answer.
Lie = Callable[[Good, Random], "Good | Wire"]


def head(status: int | str, headers: Iterable[tuple[str, str]]) -> bytes:
    """A status line and headers."""
    phrases = {one.value: one.phrase for one in HTTPStatus}
    phrase = phrases.get(status, "Unknown") if isinstance(status, int) else "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", "connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def framed(good: Good) -> Wire:
    """An answer as it should be sent."""
    length = ("content-length", str(len(good.body)))
    return Wire([head(good.status, (*good.headers, length)) + good.body])


def chunked(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """A body in chunks."""
    for piece in pieces:
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


Lies = Mapping[str, Lie]
