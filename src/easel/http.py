"""HTTP as the rest of easel sees it: a request to read, a response to send."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from easel.world import Buffer, Stream


@dataclass(frozen=True)
class Base64:
    """A buffer that appears in a body as base64; it is encoded while the body is sent."""

    content: Buffer


@dataclass(frozen=True)
class Request:
    """A request.

    Attributes:
        method: in capitals.
        origin: scheme and host the client used, such as `https://images.example.com`.
        path: still percent-encoded.
        headers: by lower-case name.
        read: reads the body; raises `BodyTooLargeError` beyond so many bytes.
    """

    method: str
    origin: str
    path: str
    headers: Mapping[str, str]
    read: Callable[[int], Awaitable[bytes]]


@dataclass
class Response:
    """A response; a list as body is sent piece by piece."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str | list[str | Base64] | Stream | None = None
