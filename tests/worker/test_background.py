"""Requests that are put off, from Cloudflare's queue to the webhook."""

import base64
import hmac
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx2
import openai

from support.guarded import KEYS, shown
from support.pictures import photo
from support.server import Server, new_prompt, wait_until

GENERATIONS = "/v1/images/generations"
EDITS = "/v1/images/edits"
ASYNC = {"prefer": "respond-async"}
OPEN = ("queued", "in_progress", "cancelling")

OWNERS = shown("first-key-4c9f1e7a")


def submit(http: httpx2.Client, prompt: str, **headers: str) -> dict[str, Any]:
    answer = http.post(GENERATIONS, json={"prompt": prompt}, headers={**ASYNC, **headers})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/images/jobs/{job['id']}"
    return job


def look(
    http: httpx2.Client, job: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    answer = http.get(f"/v1/images/jobs/{job['id']}", headers=headers)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def finish(
    http: httpx2.Client, job: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The job once it has ended."""
    wait_until(lambda: look(http, job, headers)["status"] not in OPEN)
    return look(http, job, headers)


def test_a_request_is_put_off_and_carried_out(server: Server, http: httpx2.Client) -> None:
    prompt = new_prompt("[stand-in delay 500]")
    job = submit(http, prompt)
    assert job["status"] in ("queued", "in_progress")
    job = finish(http, job)
    assert job["status"] == "completed", job
    [image] = job["result"]["data"]
    picture = http.get(image["url"].removeprefix(server.url))
    assert picture.headers["content-type"] == "image/jpeg"
    assert len(server.calls(prompt, http)) == 1
    assert http.get(f"/v1/images/jobs/{job['id']}").headers["x-easel-model"] == job["model"]


def test_the_openai_sdk_asks_for_a_job_and_after_it(sdk: openai.OpenAI) -> None:
    asked = sdk.images.generate(
        prompt=new_prompt(), response_format="b64_json", extra_body={"background": True}
    )
    path = f"/images/jobs/{asked.to_dict()['id']}"

    def job() -> dict[str, Any]:
        found: Any = sdk.get(path, cast_to=object)
        return dict(found)

    wait_until(lambda: job()["status"] not in OPEN)
    [image] = job()["result"]["data"]
    assert base64.b64decode(image["b64_json"]).startswith(b"\xff\xd8")


def test_the_same_request_again_is_the_same_job(server: Server, http: httpx2.Client) -> None:
    prompt, named = new_prompt("[stand-in delay 300]"), {"idempotency-key": str(uuid.uuid4())}
    first = submit(http, prompt, **named)
    assert submit(http, prompt, **named)["id"] == first["id"]
    ended = finish(http, first)
    assert submit(http, prompt, **named) == ended
    assert len(server.calls(prompt, http)) == 1


def test_an_edit_is_put_off_with_its_images(server: Server, http: httpx2.Client) -> None:
    prompt = new_prompt()
    answer = http.post(
        EDITS,
        data={"prompt": prompt, "background": "true"},
        files={"image": ("fox.png", photo(300, 200), "image/png")},
    )
    assert answer.status_code == 202, answer.text
    job = finish(http, answer.json())
    assert job["status"] == "completed", job
    [call] = server.calls(prompt, http)
    image = call["multipart"]["input_image_0"]
    assert (image["width"], image["height"]) == (300, 200)


def test_what_fails_says_why(http: httpx2.Client) -> None:
    job = finish(http, submit(http, new_prompt("[stand-in empty]")))
    assert (job["status"], job["error"]["code"]) == ("failed", "empty_result")


def test_a_running_job_is_cancelled_before_it_asks_anybody_else(
    server: Server, http: httpx2.Client
) -> None:
    # A call of the binding cannot be broken off; what would follow on its failure can.
    prompt = new_prompt("[stand-in delay 5000] [stand-in error 3040]")
    job = submit(http, prompt)
    wait_until(lambda: look(http, job)["status"] == "in_progress")
    path = f"/v1/images/jobs/{job['id']}"
    assert http.delete(path).json()["status"] == "cancelling"
    ended = finish(http, job)
    assert (ended["status"], ended["error"]["code"]) == ("cancelled", "cancelled")
    assert http.delete(path).json() == ended
    assert len(server.calls(prompt, http)) == 1


def test_over_budget_is_refused_at_submission(guarded: httpx2.Client) -> None:
    key = shown(KEYS.background)
    job = submit(guarded, new_prompt(), **key)
    answer = guarded.post(GENERATIONS, json={"prompt": "never made"}, headers={**ASYNC, **key})
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "insufficient_quota"
    assert finish(guarded, job, key)["status"] == "completed"
    assert guarded.get(f"/v1/images/jobs/{job['id']}", headers=shown(KEYS.plain)).status_code == 404


# Webhooks


@dataclass
class Inbox:
    """A webhook, and what it was sent: headers, named in lower case, and a body each."""

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


def test_a_webhook_is_told_once_with_a_signature(
    owned_server: Server, settings: Mapping[str, str]
) -> None:
    with inbox() as hook, owned_server.client() as http:
        body = {"prompt": new_prompt(), "background": True, "webhook": hook.url}
        job = http.post(GENERATIONS, json=body, headers=OWNERS).json()
        wait_until(lambda: len(hook.events) == 1)
        ((headers, text),) = hook.events
        ended = finish(http, job, OWNERS)
    assert headers["content-type"] == "application/json"
    secret = base64.b64decode(settings["WEBHOOK_SECRET"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + text
    digest = base64.b64encode(hmac.new(secret, signed, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    event = httpx2.Response(200, content=text).json()
    assert (event["type"], event["id"]) == ("image.job.completed", headers["webhook-id"])
    assert event["data"] == ended
    assert event["data"]["result"]["data"][0]["url"].startswith("https://img.example.com/images/")
