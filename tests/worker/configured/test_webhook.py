"""The webhook that easel calls when a background request has ended."""

import base64
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2

from support.background import finish
from support.server import new_prompt, wait_until

GENERATIONS = "/v1/images/generations"


@dataclass
class Inbox:
    """A webhook with the events it received: headers in lower case, and a body."""

    url: str
    events: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def inbox() -> Iterator[Inbox]:
    """A webhook on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.events.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as webserver:
        found = Inbox(f"http://127.0.0.1:{webserver.server_address[1]}/hook")
        thread = Thread(target=webserver.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            webserver.shutdown()


def test_a_webhook_is_called_once_with_a_signature(
    http: httpx2.Client, settings: Mapping[str, str]
) -> None:
    with inbox() as hook:
        body = {"prompt": new_prompt(), "background": True, "webhook": hook.url}
        job = http.post(GENERATIONS, json=body).json()
        wait_until(lambda: len(hook.events) == 1)
        ((headers, text),) = hook.events
        ended = finish(http, job)
    assert headers["content-type"] == "application/json"
    secret = base64.b64decode(settings["WEBHOOK_SECRET"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + text
    digest = base64.b64encode(hmac.new(secret, signed, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    event = httpx2.Response(200, content=text).json()
    assert (event["type"], event["id"]) == ("image.job.completed", headers["webhook-id"])
    assert event["data"] == ended
    assert event["data"]["result"]["data"][0]["url"].startswith("https://img.example.com/images/")
