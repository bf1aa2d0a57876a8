"""A real BentoML service behind a proxy that records the calls and can spoil the answers.

The service is started at its first call, because few tests use it and the start takes seconds.

[fake delay MS], [fake reset], [fake hang], [fake error KIND], [fake html], [fake wrong-json],
[fake truncate] and [fake empty] have their usual meaning; `bento_service` has more directives.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock

import httpx2

from fakes.answers import Answer, Hang, Reply, Reset, html_answer, json_answer
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.directives import Directives
from fakes.server import Fake, serving
from tools.process import start_guarded, stop_guarded

_PATIENCE_SECONDS = 60
_HERE = Path(__file__).parent


class _Service:
    """The service, which starts at its first call."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._lock = Lock()
        self._client: httpx2.Client | None = None

    def ask(self, call: Call) -> Answer:
        """Forward a call to the service and return its answer."""
        with self._lock:
            client = self._client = self._client or self._start()
        texts: dict[str, list[str]] = {}
        for name, text in call.texts:
            texts.setdefault(name, []).append(text)
        files = [(one.field, (one.filename, one.content, one.content_type)) for one in call.files]
        response = client.request(
            call.method,
            call.path,
            params=call.query,
            json=call.json,
            data=texts or None,
            files=files or None,
        )
        content_type = response.headers.get("content-type", "")
        return Answer(response.status_code, {"content-type": content_type}, response.content)

    def _start(self) -> httpx2.Client:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        home = self._stack.enter_context(tempfile.TemporaryDirectory())
        command = [sys.executable, "-m", "bentoml", "serve", "bento_service:Studio"]
        command += ["--working-dir", str(_HERE), "--host", "127.0.0.1", "--port", str(port)]
        guardian = start_guarded(
            command,
            env={**os.environ, "BENTOML_HOME": home, "BENTOML_DO_NOT_TRACK": "True"},
            stdout=subprocess.DEVNULL,
        )
        self._stack.callback(stop_guarded, guardian)
        client = self._stack.enter_context(
            httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
        )
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _is_ready(client):
            if time.monotonic() > deadline or guardian.poll() is not None:
                raise TimeoutError("the BentoML service does not start")
            time.sleep(0.1)
        return client


def _is_ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx2.TransportError:
        return False


@contextmanager
def fake_bento() -> Iterator[Fake]:
    """Serve the fake; the client's URL is `fake.url`."""
    with ExitStack() as stack:
        service = _Service(stack)
        yield stack.enter_context(serving(lambda fake, call: _answer(fake, call, service)))


def _answer(fake: Fake, call: Call, service: _Service) -> Reply:
    if fault_of(call) == "key":
        return _failure("key")
    directives = Directives(call.prompt)
    delay = directives.seconds("delay")
    if kind := directives.error(fake.turn(call.prompt)):
        return replace(_failure(kind), delay=delay)
    if "hang" in directives:
        return Hang()
    if "reset" in directives:
        return Reset(delay)
    if call.path.endswith("/cancel"):
        fake.note(call.query.get("task_id", ""), "cancelled")
    answer = service.ask(call)
    if call.path.endswith("/submit") and answer.status == 200:
        fake.note(call.prompt, "submitted")
    return replace(_spoilt(answer, directives), delay=delay)


def _failure(kind: str) -> Answer:
    """The error response of BentoML itself, sent before the code of the service runs.

    https://docs.bentoml.com/en/latest/build-with-bentoml/error-handling.html
    """
    match kind:
        case "key":
            return json_answer({"error": "Authorization error"}, 401)
        case "rate":
            return json_answer({"error": "Too many requests"}, 429)
        case "down":
            sentence = "An unexpected error has occurred, please check the server log."
            return json_answer({"error": sentence}, 503)
        case "busy":
            return html_answer(502, "502 Bad Gateway")
    raise ValueError(kind)


def _spoilt(answer: Answer, directives: Directives) -> Answer:
    page = html_answer(200, "Welcome")
    if "html" in directives:
        return page
    if "wrong-json" in directives:
        return replace(page, headers={"content-type": "application/json"})
    if "empty" in directives:
        return replace(answer, body=b"")
    if "garbage" in directives:
        return replace(answer, body=b"no image")
    if "truncate" in directives and isinstance(answer.body, bytes):
        half = answer.body[: len(answer.body) // 2]
        return replace(answer, body=half, declared=len(answer.body))
    return answer
