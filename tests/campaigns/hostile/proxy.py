"""A proxy before a provider that tells the truth, which lies about one answer of a case."""

import http.client
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from select import select
from socketserver import TCPServer
from threading import Lock, Thread
from urllib.parse import urlsplit

from campaigns.hostile.choose import choose
from campaigns.hostile.reply import Good, Wire, framed

_TICK_SECONDS = 0.01

# A token of a caller's names its case.
_TOKEN = re.compile(r"case-(\d+)-")

# Paths of jobs and images differ from case to case in these alone.
_NAMES = re.compile(r"[0-9a-f-]{16,}|\d+")

_SHOWN_BYTES = 700

_OF_A_HOP = {"connection", "content-length", "date", "host", "server", "transfer-encoding"}


@dataclass
class Case:
    """What an upstream does about one request to easel.

    Attributes:
        number: of the case.
        seed: of what is decided while it runs.
        prompt: of the request.
        step: about which of the different requests to the upstream it lies, from 0.
        claims_success: whether it leaves the status as it is.
        may_last: whether it may keep easel waiting until easel gives up.
        is_patient: whether it may do so about an image that is made as well.
        seen: the requests that came, in order, without what differs from case to case.
        lie: what it told, of which request; empty before.
        status: of the lie; 0 where that is no HTTP.
    """

    number: int
    seed: str
    prompt: str
    step: int
    claims_success: bool
    may_last: bool
    is_patient: bool
    seen: list[str] = field(default_factory=list)
    lie: str = ""
    status: int = 0


class Proxy:
    """A running proxy.

    Attributes:
        url: its origin.
        case: what it does now; None to tell the truth.
    """

    def __init__(self, url: str, upstream: str, trap: int) -> None:
        self.url = url
        self.case: Case | None = None
        self._upstream = upstream
        self._trap = trap
        self._lock = Lock()

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Wire:
        """Ask the upstream, and pass on what it answers or lie about it."""
        case = self.case
        good = self._ask(method, target, headers, body, case.prompt if case else "")
        token = _TOKEN.search(" ".join(headers.values()))
        if case is None or (token and int(token[1]) != case.number):
            return framed(good)
        request = f"{method} {_NAMES.sub('*', urlsplit(target).path)}"
        with self._lock:
            if request not in case.seen:
                case.seen.append(request)
            if case.seen.index(request) != case.step:
                return framed(good)
        return self._lie(good, request, case)

    def _lie(self, good: Good, request: str, case: Case) -> Wire:
        """Lie, in the same way whenever the request is repeated."""
        rng = Random(case.seed)
        is_image = good.content_type.startswith("image/")
        may_last = case.may_last and (case.is_patient or not is_image)
        name, lie = choose(good, rng, claims_success=case.claims_success, may_last=may_last)
        lied = lie(good, rng)
        wire = lied if isinstance(lied, Wire) else framed(lied)
        case.lie = f"{name}, of {request}: {_beginning(wire)}"
        case.status = 0 if isinstance(lied, Wire) else lied.status
        return wire

    def _ask(
        self, method: str, target: str, headers: dict[str, str], body: bytes, prompt: str
    ) -> Good:
        origin = urlsplit(self._upstream)
        connection = http.client.HTTPConnection(origin.hostname or "", origin.port, timeout=30)
        try:
            passed = {name: value for name, value in headers.items() if name not in _OF_A_HOP}
            connection.request(method, target, body or None, {**passed, "connection": "close"})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        # What leads to the upstream shall lead here.
        shown = tuple(
            (name.lower(), value.replace(self._upstream, self.url))
            for name, value in response.getheaders()
            if name.lower() not in _OF_A_HOP
        )
        if not dict(shown).get("content-type", "").startswith("image/"):
            content = content.replace(self._upstream.encode(), self.url.encode())
        return Good(response.status, shown, content, prompt, self._trap, self.url, target)


def _beginning(wire: Wire) -> str:
    """What is sent first, as far as that is known before."""
    first = wire.pieces[0] if isinstance(wire.pieces, list) and wire.pieces else None
    return repr(first[:_SHOWN_BYTES]) if isinstance(first, bytes) else "..."


@contextmanager
def proxy(upstream: str, trap: int) -> Iterator[Proxy]:
    """Serve on a free port until the context ends.

    Args:
        upstream: the origin of the provider.
        trap: the port where nothing may connect.
    """
    with _Server(("127.0.0.1", 0), _RequestHandler) as server:
        one = server.proxy = Proxy(f"http://127.0.0.1:{server.server_address[1]}", upstream, trap)
        Thread(target=server.serve_forever, args=(_TICK_SECONDS,), daemon=True).start()
        try:
            yield one
        finally:
            server.shutdown()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    proxy: Proxy

    def server_bind(self) -> None:
        # Without the base class's look for this machine's name, which may take seconds.
        TCPServer.server_bind(self)

    def handle_error(self, *_: object) -> None:
        """Keep quiet: that easel leaves in the middle is its right."""


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        wire = self.server.proxy.answer(self.command, self.path, headers, self._body())
        self.close_connection = True
        with suppress(OSError):
            for piece in wire.pieces:
                if isinstance(piece, bytes):
                    self.connection.sendall(piece)
                elif self._is_left(piece):
                    return
            if wire.ending == "reset":
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _is_left(self, seconds: float | None) -> bool:
        """Wait, and return whether easel has gone meanwhile."""
        readable, _, _ = select([self.connection], [], [], seconds)
        return bool(readable)

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        pieces = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)
