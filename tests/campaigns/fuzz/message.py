"""An HTTP request as its parts, and the bytes that they come to."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random

_CHUNK_BYTES = 700
_EXTENDED_CHUNKS = 20


def _chunks(payload: bytes, *, size: int = _CHUNK_BYTES, extension: bytes = b"") -> bytes:
    """A body in chunks, of which the first few have the extension: proxies limit those."""
    pieces = [payload[at : at + size] for at in range(0, len(payload), size)]
    extensions = [extension if index < _EXTENDED_CHUNKS else b"" for index in range(len(pieces))]
    framed = zip(pieces, extensions, strict=True)
    return b"".join(b"%x%b\r\n%b\r\n" % (len(piece), more, piece) for piece, more in framed)


_CHUNKED = [(b"transfer-encoding", b"chunked")]
_END = b"0\r\n\r\n"


def _length(payload: bytes, text: bytes | None = None) -> list[tuple[bytes, bytes]]:
    return [(b"content-length", b"%d" % len(payload) if text is None else text)]


Framed = tuple[list[tuple[bytes, bytes]], bytes]

# How the length of a body is told: rightly, oddly and wrongly. Wrong ones are malformed.
FRAMINGS: dict[str, Callable[[bytes], Framed]] = {
    "length": lambda body: (_length(body), body),
    "chunked": lambda body: (_CHUNKED, _chunks(body) + _END),
    "chunks of a byte": lambda body: (_CHUNKED, _chunks(body[:300], size=1) + _END),
    "chunk extensions": lambda body: (_CHUNKED, _chunks(body, extension=b";a=b;c") + _END),
}
WRONG_FRAMINGS: dict[str, Callable[[bytes], Framed]] = {
    "no length": lambda body: ([], body),
    "length and chunks": lambda body: ([*_length(body), *_CHUNKED], _chunks(body) + _END),
    "length too great": lambda body: (_length(body, b"%d" % (len(body) + 100)), body),
    "length too small": lambda body: (_length(body, b"%d" % (len(body) // 2)), body),
    "negative length": lambda body: (_length(body, b"-1"), body),
    "no number as length": lambda body: (_length(body, b"abc"), body),
    "huge length": lambda body: (_length(body, b"9" * 40), body),
    "two lengths": lambda body: ([*_length(body), *_length(body, b"1")], body),
    "chunks without end": lambda body: (_CHUNKED, _chunks(body)),
    "chunk size not hex": lambda body: (_CHUNKED, b"zz\r\n" + body + b"\r\n" + _END),
    "chunk size too great": lambda body: (_CHUNKED, b"ffffff\r\n" + body + b"\r\n" + _END),
    "chunk size negative": lambda body: (_CHUNKED, b"-5\r\n" + body + b"\r\n" + _END),
    "gzip as transfer encoding": lambda body: ([(b"transfer-encoding", b"gzip")], body),
}


@dataclass(frozen=True)
class Part:
    """A part of a form: its header lines and its content."""

    head: bytes
    content: bytes


@dataclass(frozen=True)
class Message:
    """A request.

    Attributes:
        route: the template that it was made from.
        target: path and query.
        headers: in order, without those that frame the body.
        json: the fields of a body in JSON.
        parts: those of a body that is a form.
        body: any other body; once it is set, `json` and `parts` count for nothing.
        boundary: of the form.
        framing: how the length of the body is told.
        is_malformed: whether no HTTP client would send it, so that a proxy before easel may refuse
            it, or hang up, in its own words.
    """

    route: str
    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    json: Mapping[str, object] | None = None
    parts: tuple[Part, ...] | None = None
    body: bytes | None = None
    boundary: bytes = b"campaign-boundary"
    framing: str = "length"
    version: bytes = b"HTTP/1.1"
    is_malformed: bool = False
    mutations: tuple[str, ...] = field(default=())

    @property
    def payload(self) -> bytes | None:
        """The bytes of the body, without their framing."""
        if self.body is not None:
            return self.body
        if self.parts is not None:
            return encode_form(self.parts, self.boundary)
        return None if self.json is None else encode_json(self.json)

    def with_header(self, name: bytes, value: bytes) -> "Message":
        """The request with a header in place of the one that it had."""
        others = (pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=(*others, (name, value)))

    def encode(self) -> bytes:
        """The bytes to send."""
        payload = self.payload
        headers = [*self.headers]
        if payload is not None:
            framing, payload = (FRAMINGS | WRONG_FRAMINGS)[self.framing](payload)
            headers += framing
        lines = [b" ".join((self.method, self.target, self.version))]
        lines += [name + b": " + value for name, value in headers]
        return b"\r\n".join([*lines, b"", payload or b""])


Mutator = Callable[[Message, Random], Message]


@dataclass(frozen=True)
class Raw:
    """A piece of JSON, right or wrong, to stand where a value does."""

    text: bytes


def encode_json(value: object) -> bytes:
    """JSON, with `Raw` pieces as they are."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Mapping):
        items = (encode_json(name) + b":" + encode_json(one) for name, one in value.items())
        return b"{" + b",".join(items) + b"}"
    if isinstance(value, list | tuple):
        return b"[" + b",".join(map(encode_json, value)) + b"]"
    return json.dumps(value).encode()


def encode_form(parts: tuple[Part, ...], boundary: bytes) -> bytes:
    """A body of `multipart/form-data`."""
    sections = (
        b"--" + boundary + b"\r\n" + part.head + b"\r\n\r\n" + part.content + b"\r\n"
        for part in parts
    )
    return b"".join(sections) + b"--" + boundary + b"--\r\n"
