"""HTTP requests and responses of the Worker."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from easel.platform.buffers import Buffer, JsonValue, Stream


@dataclass(frozen=True)
class Base64:
    """A buffer in a body; it is encoded as base64 while the body is sent."""

    content: Buffer


# A chunk of a body: text with base64 in it.
Parts = Sequence[str | Base64]


@dataclass(frozen=True)
class Form:
    """A form: texts and files, each with the name of its field, in order."""

    texts: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, Buffer]]


@dataclass(frozen=True)
class Request:
    """A request.

    Attributes:
        method: in capitals.
        origin: scheme and host of the request's URL, such as `https://images.example.com`.
        path: percent-encoded.
        query: query string without the question mark, percent-encoded; may be empty.
        headers: by lower-case name.
        read: reads the body.
        read_json: reads a JSON body whose long strings stay outside Python; None if it is empty.
        read_form: reads a form whose files stay outside Python.
        path_parameters: the parameters that the route's pattern names, percent-decoded.

    The readers take a limit in bytes. They raise `BodyTooLargeError` if the body exceeds it, and
    `InvalidJsonError` or `InvalidFormError` if the body is not valid JSON or not a valid form.
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
        """The content type of the body, without parameters and in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass
class Response:
    """A response.

    Attributes:
        body: text with base64 in it, a body to pass on, or chunks that are sent one by one.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str | Parts | AsyncGenerator[Parts, None] | Buffer | Stream | None = None
