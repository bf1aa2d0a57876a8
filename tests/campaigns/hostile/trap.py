"""Where nothing may connect: a port of this machine that counts those who do."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread


class Trap:
    """The port.

    Attributes:
        port: its number, at every address of this machine.
        visits: the beginning of what each visitor sent.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.port: int = listener.getsockname()[1]
        self.visits: list[bytes] = []

    def watch(self) -> None:
        """Answer visitors with an image's worth of nothing until the port is closed."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(1)
                self.visits.append(connection.recv(500))
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")


@contextmanager
def trap() -> Iterator[Trap]:
    """Listen until the context ends."""
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    with socket.create_server(("", 0), family=family, dualstack_ipv6=both) as listener:
        one = Trap(listener)
        Thread(target=one.watch, daemon=True).start()
        try:
            yield one
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
