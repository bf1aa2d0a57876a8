"""A fake provider for the bench: it responds at once with a base64 image of a given size."""

import base64
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def upstream(size: int) -> Iterator[str]:
    """Serve OpenAI's images API on a free port until the context ends.

    Args:
        size: of the image, in bytes.

    Yields:
        The base URL.
    """
    image = base64.b64encode(_image(size)).decode()
    answer = f'{{"created":1,"data":[{{"b64_json":"{image}"}}]}}'.encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()


def _image(size: int) -> bytes:
    """Build a PNG of about `size` bytes, most of them in a chunk that decoders skip."""
    header = struct.pack(">IIBBBBB", 1024, 1024, 8, 2, 0, 0, 0)
    parts = [_chunk(b"IHDR", header), _chunk(b"prVt", os.urandom(size)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
