"""A webhook is sent after a job has ended, signed as Standard Webhooks specifies."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import pytest

from easel.app import handle
from easel.jobs.webhook import sign
from easel.jobs.worker import handle_message
from easel.ledger.background import claim_background
from easel.observability.request_log import RequestLog
from easel.platform.calls import CallFailure, HttpAnswer, HttpCall
from easel.settings.settings import Settings
from support.services import NOW, FakeServices, request, text_of, wait_for

URL = "https://example.com/hook?for=me"
SECRET = b"0123456789abcdef01234567"
SETTINGS = Settings(allow_anonymous=True, webhook_secret=SECRET)


@dataclass
class Hooked:
    """The application with a queue, and the answers of the webhook's server."""

    answers: list[HttpAnswer | Exception] = field(default_factory=list)
    fake: FakeServices = field(default_factory=lambda: FakeServices(settings=SETTINGS))

    def __post_init__(self) -> None:
        self.fake.http = lambda _call: self.answers.pop(0) if self.answers else answered(204)

    def send(self, method: str, path: str, **fields: object) -> dict[str, Any]:
        body = json.dumps(fields).encode() if fields else b""
        response = wait_for(handle(request(method, path, body), self.fake.services()))
        content: dict[str, Any] = json.loads(text_of(response))
        return content

    def submit(self, **fields: object) -> str:
        wanted = {"prompt": "a fox", "background": True, "webhook": URL, **fields}
        return str(self.send("POST", "/v1/images/generations", **wanted)["id"])

    def deliver(self, attempts: int = 1) -> float | None:
        """Deliver the oldest message of the queue."""
        delay: float | None = wait_for(
            handle_message(self.fake.queue.pop(0)[0], attempts, self.fake.services())
        )
        return delay


def answered(status: int, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    return HttpAnswer(status, headers or {}, "")


def body_of(call: HttpCall) -> str:
    assert call.body is not None
    return str(call.body["text"])


def event(hooked: Hooked) -> dict[str, Any]:
    (call,) = hooked.fake.http_calls
    content: dict[str, Any] = json.loads(body_of(call))
    return content


@pytest.fixture
def hooked() -> Hooked:
    return Hooked()


def test_a_webhook_is_sent_by_its_own_message_after_the_job_has_ended(hooked: Hooked) -> None:
    name = hooked.submit()
    assert hooked.deliver() is None
    assert hooked.fake.http_calls == []
    assert hooked.fake.queue == [(json.dumps({"webhook": name}), 0)]
    assert hooked.deliver() is None
    (call,) = hooked.fake.http_calls
    assert (call.method, call.url, call.encoding, call.buys) == ("POST", URL, "text", False)


def test_the_event_contains_the_job_as_its_status_route_shows_it(hooked: Hooked) -> None:
    name = hooked.submit()
    hooked.deliver()
    hooked.deliver()
    sent_event = event(hooked)
    assert sent_event == {
        "object": "event",
        "id": sent_event["id"],
        "type": "image.job.completed",
        "created_at": int(NOW.timestamp()),
        "data": hooked.send("GET", f"/v1/images/jobs/{name}"),
    }
    assert sent_event["id"].startswith("evt_")


def test_the_event_contains_image_urls_even_if_the_job_returns_base64(
    hooked: Hooked,
) -> None:
    hooked.submit(response_format="b64_json")
    hooked.deliver()
    hooked.deliver()
    (key,) = hooked.fake.bucket.objects
    assert event(hooked)["data"]["result"]["data"] == [{"url": f"https://easel.test/{key}"}]


def test_the_signature_covers_the_id_the_time_and_the_body(hooked: Hooked) -> None:
    hooked.submit()
    hooked.deliver()
    hooked.deliver()
    (call,) = hooked.fake.http_calls
    sent = call.headers["webhook-timestamp"]
    assert sent == str(int(NOW.timestamp()))
    signed = f"{call.headers['webhook-id']}.{sent}.{body_of(call)}".encode()
    digest = base64.b64encode(hmac.new(SECRET, signed, sha256).digest()).decode()
    assert call.headers["webhook-signature"] == f"v1,{digest}"
    assert call.headers["webhook-id"] == event(hooked)["id"]


def test_the_signature_equals_the_example_of_the_standard_webhooks_libraries() -> None:
    # From the tests of https://github.com/standard-webhooks/standard-webhooks/.
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    message = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert (
        sign(secret, message, 1614265330, '{"test": 2432232314}')
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@pytest.mark.parametrize(
    "failure", [answered(500), answered(302), answered(404), CallFailure("timeout", "too slow")]
)
def test_a_failed_webhook_is_retried_with_growing_delays_and_the_same_id(
    hooked: Hooked, failure: HttpAnswer | Exception
) -> None:
    hooked.submit()
    hooked.deliver()
    hooked.answers = [failure] * 4
    ((text, _),) = hooked.fake.queue
    delays = []
    for attempts in (1, 2, 3, 9, 10):
        hooked.fake.queue = [(text, 0)]
        delays.append(hooked.deliver(attempts))
    assert delays == [30, 60, 120, 3600, None]
    assert len({call.headers["webhook-id"] for call in hooked.fake.http_calls}) == 1


def test_a_failed_job_sends_a_webhook(hooked: Hooked) -> None:
    hooked.fake.answer = {"nothing": 1}
    hooked.submit()
    hooked.deliver()
    hooked.deliver()
    sent_event = event(hooked)
    assert sent_event["type"] == "image.job.failed"
    assert sent_event["data"]["error"]["code"] == "empty_result"


def test_a_cancelled_job_sends_one_webhook(hooked: Hooked) -> None:
    name = hooked.submit()
    hooked.fake.queue.clear()
    hooked.send("DELETE", f"/v1/images/jobs/{name}")
    hooked.fake.slept.append(1)
    hooked.send("DELETE", f"/v1/images/jobs/{name}")
    assert len(hooked.fake.queue) == 1
    hooked.deliver()
    assert event(hooked)["type"] == "image.job.cancelled"


def test_an_interrupted_job_sends_a_webhook(hooked: Hooked) -> None:
    name = hooked.submit()
    hooked.fake.queue.clear()
    claim_background(hooked.fake.ledger.database, name, NOW.timestamp(), 30)
    hooked.fake.slept.append(31)
    hooked.send("GET", f"/v1/images/jobs/{name}")
    hooked.deliver()
    assert event(hooked)["data"]["error"]["code"] == "outcome_unknown"


def test_a_webhook_url_is_checked_again_before_it_is_called(hooked: Hooked) -> None:
    hooked.fake.settings = replace(SETTINGS, allow_private_urls=True)
    hooked.submit(webhook="http://127.0.0.1:9/hook")
    hooked.deliver()
    hooked.fake.settings = SETTINGS
    assert hooked.deliver() == 30
    assert hooked.fake.http_calls == []


def test_a_job_without_a_webhook_sends_none(hooked: Hooked) -> None:
    hooked.submit(webhook=None)
    hooked.deliver()
    assert hooked.fake.queue == []


def test_a_webhook_waits_while_the_secret_is_missing(hooked: Hooked) -> None:
    hooked.submit()
    hooked.deliver()
    hooked.fake.settings = replace(SETTINGS, webhook_secret=None)
    assert hooked.deliver() == 30
    assert hooked.fake.http_calls == []


def test_the_url_of_a_failed_webhook_is_not_logged(hooked: Hooked) -> None:
    hooked.submit()
    hooked.deliver()
    hooked.fake.request_log = RequestLog()
    hooked.answers = [CallFailure("lost", f"connection refused by {URL}")]
    hooked.deliver()
    line = hooked.fake.lines[-1]
    assert "connection refused by" in line
    assert "for=me" not in line
