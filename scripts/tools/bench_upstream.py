"""A provider for the bench: it answers at once, with an image of a known size in base64."""

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
        Its base URL.
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
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()


def _image(size: int) -> bytes:
    """A PNG of about so many bytes, most of which no decoder looks at."""
    header = struct.pack(">IIBBBBB", 1024, 1024, 8, 2, 0, 0, 0)
    parts = [_chunk(b"IHDR", header), _chunk(b"prVt", os.urandom(size)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
