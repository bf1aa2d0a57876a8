"""An HTTP client that sends any bytes at all, and reads the answer to them."""

import gzip
import socket
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import BinaryIO, Self

# A server waits for the rest of a body that is shorter than its declared length.
_PATIENCE_WITH_MALFORMED = 2.0

_NO_BODY = frozenset({204, 304})


class BrokenError(Exception):
    """No whole answer came."""


class HangError(BrokenError):
    """No whole answer came in time."""


@dataclass(frozen=True)
class Answer:
    """An answer.

    Attributes:
        headers: by lower-case name; the last of each.
        body: None where there can be none.
        seconds: how long it took.
    """

    status: int
    headers: dict[str, str]
    body: bytes | None
    seconds: float


class Client:
    """One connection at a time, kept open between requests.

    Args:
        address: host and port.
        patience: seconds that a whole answer may take.
    """

    def __init__(self, address: tuple[str, int], patience: float) -> None:
        self._address = address
        self._patience = patience
        self._socket: socket.socket | None = None
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            if self._file is not None:
                self._file.close()
            if self._socket is not None:
                self._socket.close()
        self._socket = self._file = None

    def send(self, content: bytes, method: bytes, *, is_malformed: bool = False) -> Answer:
        """Send bytes and read one answer.

        Args:
            content: the whole request.
            method: of the request; the answer to HEAD has no body.
            is_malformed: whether a connection of its own is used, on which nothing follows.

        Raises:
            BrokenError: the connection was closed without a whole answer.
            HangError: nothing came in time.
        """
        if is_malformed:
            self.close()
        is_fresh = self._socket is None
        try:
            return self._exchange(content, method, ends=is_malformed)
        except HangError:
            self.close()
            raise
        except BrokenError:
            self.close()
            # A server may close an idle connection at any time.
            if is_fresh:
                raise
            return self._exchange(content, method, ends=False)
        finally:
            if is_malformed:
                self.close()

    def _exchange(self, content: bytes, method: bytes, *, ends: bool) -> Answer:
        began = monotonic()
        connection, file = self._open()
        try:
            # An answer may come, and the connection be closed, before everything is sent.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(content)
            if ends:
                connection.settimeout(_PATIENCE_WITH_MALFORMED)
            status, headers, body = _read(file, method)
        except TimeoutError:
            raise HangError(f"no answer within {self._patience:g} s") from None
        except (OSError, ValueError, EOFError) as error:
            raise BrokenError(f"{type(error).__name__}: {error}") from None
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, body, monotonic() - began)

    def _open(self) -> tuple[socket.socket, BinaryIO]:
        if self._socket is None or self._file is None:
            try:
                self._socket = socket.create_connection(self._address, self._patience)
            except OSError as error:
                raise BrokenError(f"cannot connect: {error}") from None
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._file = self._socket.makefile("rb")
        return self._socket, self._file


def _read(file: BinaryIO, method: bytes) -> tuple[int, dict[str, str], bytes | None]:
    """Read an answer; informational ones before it are skipped.

    Raises:
        EOFError: the connection was closed before its end.
        ValueError: it is not HTTP.
    """
    status = 100
    while status < 200:
        words = _line(file).split(b" ", 2)
        status = int(words[1]) if len(words) > 1 else -1
        headers = {}
        while line := _line(file):
            name, _, value = line.partition(b":")
            headers[name.decode("latin-1").lower()] = value.strip().decode("latin-1")
    if status < 0:
        raise ValueError("the answer is not HTTP")
    if method == b"HEAD" or status in _NO_BODY:
        return status, headers, None
    body = _body(file, headers)
    # The proxy in `wrangler dev` compresses if the client accepts it.
    is_gzip = headers.get("content-encoding") == "gzip"
    return status, headers, gzip.decompress(body) if is_gzip else body


def _body(file: BinaryIO, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return _exactly(file, int(headers["content-length"]))
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return file.read()
    pieces = []
    while size := int(_line(file), 16):
        pieces.append(_exactly(file, size))
        _line(file)
    _line(file)
    return b"".join(pieces)


def _line(file: BinaryIO) -> bytes:
    line = file.readline()
    if not line.endswith(b"\n"):
        raise EOFError("the connection was closed within an answer's head or before it")
    return line.rstrip(b"\r\n")


def _exactly(file: BinaryIO, size: int) -> bytes:
    content = file.read(size)
    if len(content) < size:
        raise EOFError(f"the connection was closed after {len(content)} of {size} bytes")
    return content
