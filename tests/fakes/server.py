"""The web server of all fakes, which records its calls and can answer incorrectly.

A fake is a function from a call to a reply. A `Fake` records the calls and the images that it has
made:

    def answer(fake: Fake, call: Call) -> Reply: ...

    with serving(answer) as fake:
        ...  # fake.url, fake.calls(prompt), fake.bought(prompt)
"""

import socket
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from select import select
from socketserver import TCPServer
from threading import Thread
from uuid import uuid4

from fakes.answers import Answer, Hang, Pause, Reply, Reset
from fakes.calls import Call, parse
from fakes.fake import Fake, Handler

__all__ = ["Call", "Fake", "Handler", "serving"]

_TICK_SECONDS = 0.01


@contextmanager
def serving(handler: Handler) -> Iterator[Fake]:
    """Serve on a free port until the context ends."""
    with _Server(("127.0.0.1", 0), _RequestHandler) as server:
        fake = server.fake = Fake(f"http://127.0.0.1:{server.server_address[1]}", handler)
        Thread(target=server.serve_forever, args=(_TICK_SECONDS,), daemon=True).start()
        try:
            yield fake
        finally:
            server.shutdown()
            server.hang_up()
    for fault in fake.faults:
        raise fault


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    fake: Fake

    def __init__(self, *arguments: object) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(*arguments)  # type: ignore[arg-type]

    def server_bind(self) -> None:
        # Skips the base class's lookup of this machine's name, which can take seconds.
        TCPServer.server_bind(self)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def close_request(self, request: object) -> None:
        if isinstance(request, socket.socket):
            self._connections.discard(request)
            super().close_request(request)

    def handle_error(self, *_: object) -> None:
        """Record bugs of the fake; a client that disconnects is not one."""
        fault = sys.exception()
        if isinstance(fault, Exception) and not isinstance(fault, OSError):
            self.fake.faults.append(fault)

    def hang_up(self) -> None:
        """Close the connections that clients keep open."""
        for connection in [*self._connections]:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _GoneError(ConnectionError):
    """The client has closed the connection."""


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *arguments: object) -> None:
        """Write nothing to the console."""

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = parse(self.command, self.path, headers, self._body())
        fake = self.server.fake
        with ExitStack() as work:
            work.enter_context(fake.at_work(call))
            try:
                self._send(fake.reply(call), work.close)
            except OSError:
                fake.abandoned(call)
                self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self._read(int(self.headers.get("content-length", 0)))
        chunks = []
        while size := int(self._line().partition(b";")[0], 16):
            chunks.append(self._read(size))
            self._line()
        while self._line().strip():
            pass
        return b"".join(chunks)

    def _read(self, size: int) -> bytes:
        content = self.rfile.read(size)
        if len(content) < size:
            raise _GoneError
        return content

    def _line(self) -> bytes:
        line = self.rfile.readline()
        if not line:
            raise _GoneError
        return line

    def _send(self, reply: Reply, done: Callable[[], None]) -> None:
        match reply:
            case Hang():
                self._wait(None)
            case Reset(delay):
                self._wait(delay)
                self._reset()
            case Answer():
                self._wait(reply.delay)
                self._send_answer(reply, done)

    def _reset(self) -> None:
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def _send_answer(self, answer: Answer, done: Callable[[], None]) -> None:
        """Send an answer; call `done` before its last byte, after which a client may call again."""
        chunked = not isinstance(answer.body, bytes) and answer.declared is None
        headers = {"x-request-id": f"req_{uuid4().hex}", **answer.headers}
        if chunked:
            headers["transfer-encoding"] = "chunked"
        elif answer.declared is not None:
            headers["content-length"] = str(answer.declared)
            headers["connection"] = "close"
            self.close_connection = True
        elif isinstance(answer.body, bytes):
            headers["content-length"] = str(len(answer.body))
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode()
        if isinstance(answer.body, bytes):
            done()
            self.wfile.write(head if self.command == "HEAD" else head + answer.body)
            return
        self.wfile.write(head)
        for chunk in answer.body:
            if isinstance(chunk, Pause):
                self._wait(chunk.seconds)
            else:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
        if chunked:
            done()
            self.wfile.write(b"0\r\n\r\n")

    def _wait(self, seconds: float | None) -> None:
        """Wait some seconds, or until the client disconnects.

        Raises:
            _GoneError: the client has disconnected.
        """
        if seconds == 0:
            return
        readable, _, _ = select([self.connection], [], [], seconds)
        if readable:
            raise _GoneError
