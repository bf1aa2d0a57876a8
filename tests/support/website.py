"""A web server on this machine whose responses may be malformed or endless."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread

_TICK_SECONDS = 0.01
_TLS_HANDSHAKE = b"\x16"


@dataclass
class Visit:
    """A connection whose request has been read.

    Attributes:
        request: its first line and headers, in lower case.
        left: set when the client has closed the connection or this side has finished.
    """

    request: str
    connection: socket.socket
    left: Event = field(default_factory=Event)

    def trickle(self) -> None:
        """Send a byte now and then until the client disconnects."""
        while not self.left.wait(_TICK_SECONDS):
            self.connection.sendall(b" ")

    def wait(self) -> None:
        """Send nothing and wait until the client disconnects."""
        self.connection.recv(1)

    def reset(self) -> None:
        """Reset the connection instead of closing it."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()


Page = Callable[[Visit], None]


@dataclass
class Website:
    """A running server. Each page is a function that responds to a visit.

    Attributes:
        url: its origin.
        pages: by path.
        visits: all visits so far, oldest first.
    """

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)

    def add(self, *pages: Page) -> str:
        """Add pages at new paths and return the URL of the first."""
        first = len(self.pages)
        self.pages |= {f"/{first + index}": page for index, page in enumerate(pages)}
        return f"{self.url}/{first}"

    def serve(self, connection: socket.socket, request: str) -> None:
        """Answer one request."""
        visit = Visit(request, connection)
        self.visits.append(visit)
        path = request.split()[1].partition("?")[0]
        try:
            with suppress(OSError):
                self.pages[path](visit)
        finally:
            visit.left.set()


def head(status: int = 200, **headers: object) -> bytes:
    """The status line and headers of a response after which the connection is closed."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def script(*steps: bytes | Page) -> Page:
    """A page that executes steps in order: bytes to send, or functions."""

    def answer(visit: Visit) -> None:
        for step in steps:
            if isinstance(step, bytes):
                visit.connection.sendall(step)
            else:
                step(visit)

    return answer


def flood(content: bytes) -> Page:
    """Send the same bytes without end until the client disconnects."""

    def answer(visit: Visit) -> None:
        while True:
            visit.connection.sendall(content)

    return answer


def page(content: bytes, status: int = 200, **headers: object) -> Page:
    """A page with a correct response."""
    return script(head(status, content_length=len(content), **headers), content)


@contextmanager
def website() -> Iterator[Website]:
    """Serve on a free port until the context ends."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            if self.connection.recv(1, socket.MSG_PEEK) == _TLS_HANDSHAKE:
                return
            lines = []
            while (line := self.rfile.readline()) not in (b"", b"\r\n"):
                lines.append(line.decode("latin-1").lower())
            if lines:
                site.serve(self.connection, "".join(lines))

    class Server(ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        site = Website(f"http://127.0.0.1:{server.server_address[1]}")
        Thread(target=server.serve_forever, args=(_TICK_SECONDS,), daemon=True).start()
        try:
            yield site
        finally:
            server.shutdown()
