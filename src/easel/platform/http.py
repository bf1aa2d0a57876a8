"""HTTP as the rest of easel sees it: a request to read, a response to send."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from easel.platform.buffers import Buffer, JsonValue, Stream


@dataclass(frozen=True)
class Base64:
    """A buffer that appears in a body as base64; it is encoded while the body is sent."""

    content: Buffer


# What goes out at once: text, with base64 where it belongs.
Parts = Sequence[str | Base64]


@dataclass(frozen=True)
class Form:
    """A form: its texts and its files, each with the name of its field, in order."""

    texts: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, Buffer]]


@dataclass(frozen=True)
class Request:
    """A request.

    Attributes:
        method: in capitals.
        origin: scheme and host the client used, such as `https://images.example.com`.
        path: still percent-encoded.
        query: what follows the question mark, as it came; empty without one.
        headers: by lower-case name.
        read: reads the body.
        read_json: reads a JSON body whose long strings stay outside Python; None if it is empty.
        read_form: reads a form whose files stay outside Python.
        path_parameters: the parameters that the route's pattern names, percent-decoded.

    The readers take the greatest length of the body in bytes. They raise `BodyTooLargeError`
    beyond it, and `InvalidJsonError` or `InvalidFormError` where the body is no such thing.
    """

    method: str
    origin: str
    path: str
    query: str
    headers: Mapping[str, str]
    read: Callable[[int], Awaitable[bytes]]
    read_json: Callable[[int], Awaitable[JsonValue]]
    read_form: Callable[[int], Awaitable[Form]]
    path_parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        """What the body is declared as, without parameters and in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass
class Response:
    """A response.

    Attributes:
        body: text with base64 in it, something to pass on, or parts that are sent as they come.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str | Parts | AsyncGenerator[Parts, None] | Buffer | Stream | None = None
