"""Jobs, from the submission to the result."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import pytest

from easel.app import handle
from easel.errors import QueueError
from easel.jobs.watchdog import requeue_unclaimed
from easel.jobs.worker import handle_message
from easel.ledger.background import claim_background
from easel.platform.http import Form, Response
from easel.services import Services
from easel.settings.api_keys import Key, Limits
from easel.settings.settings import Settings
from support.pictures import mask, photo
from support.services import NOW, Bytes, FakeServices, image_bytes, request, text_of, wait_for

SCHNELL = "@cf/black-forest-labs/flux-1-schnell"
SDXL = "@cf/stabilityai/stable-diffusion-xl-base-1.0"
GENERATIONS = "/v1/images/generations"
EDITS = "/v1/images/edits"
ASYNC = {"prefer": "respond-async"}
SECRET = b"0123456789abcdef01234567"

OPEN = Settings(allow_anonymous=True, webhook_secret=SECRET)


@dataclass
class Easel:
    """The application with a queue that delivers when the test says so."""

    fake: FakeServices = field(default_factory=lambda: FakeServices(settings=OPEN))

    def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        form: Form | None = None,
        **fields: Any,
    ) -> Response:
        body = json.dumps(fields).encode() if fields else b""
        http_request = request(method, path, body, headers, form)
        response: Response = wait_for(handle(http_request, self.fake.services()))
        return response

    def submit(self, headers: Mapping[str, str] = ASYNC, **fields: Any) -> Response:
        return self.send("POST", GENERATIONS, headers, prompt="a fox", **fields)

    def job(self, **fields: Any) -> str:
        """Submit a request and return the id of its job."""
        return str(read(self.submit(**fields))["id"])

    def get(self, name: str) -> dict[str, Any]:
        return read(self.send("GET", f"/v1/images/jobs/{name}"))

    def cancel(self, name: str) -> dict[str, Any]:
        return read(self.send("DELETE", f"/v1/images/jobs/{name}"))

    def deliver(
        self, text: str, attempts: int = 1, services: Services | None = None
    ) -> float | None:
        """Deliver a message of the queue."""
        delay: float | None = wait_for(
            handle_message(text, attempts, services or self.fake.services())
        )
        return delay

    def work(self) -> list[float | None]:
        """Deliver every message of the queue."""
        delays = []
        while self.fake.queue:
            text, _ = self.fake.queue.pop(0)
            delays.append(self.deliver(text))
        return delays


def read(response: Response) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(text_of(response))
    return content


@pytest.fixture
def easel() -> Easel:
    return Easel()


# Submission


def test_a_job_is_accepted_with_202_before_it_runs(easel: Easel) -> None:
    response = easel.submit()
    name = read(response)["id"]
    assert response.status == 202
    assert read(response) == {
        "id": name,
        "object": "image.job",
        "status": "queued",
        "created_at": int(NOW.timestamp()),
        "completed_at": None,
        "model": SCHNELL,
        "result": None,
        "error": None,
    }
    assert response.headers["location"] == f"/v1/images/jobs/{name}"
    assert response.headers["retry-after"] == "2"
    assert response.headers["preference-applied"] == "respond-async"
    assert easel.fake.calls == []
    assert easel.fake.queue == [(json.dumps({"carry_out": name}), 0)]


@pytest.mark.parametrize(
    ("prefer", "status"),
    [
        ("respond-async", 202),
        ("Respond-Async", 202),
        ("respond-async, wait=10", 202),
        ("handling=lenient; strict,RESPOND-ASYNC;x=y", 202),
        ('note="a, b", respond-async', 202),
        ("wait=10", 200),
        ("respond-asynchronously", 200),
        ('note="a, respond-async, b"', 200),
        (r'note="a\\", respond-async', 202),
        (r'note="a\", respond-async, b"', 200),
        ('note="a, respond-async', 200),
        ("," * 900 + "respond-async", 202),
        ("," * 1100 + "respond-async", 200),
        ("", 200),
    ],
)
def test_respond_async_is_found_among_other_preferences_in_any_case(
    easel: Easel, prefer: str, status: int
) -> None:
    assert easel.submit({"prefer": prefer}).status == status


def test_the_field_background_true_submits_a_job(easel: Easel) -> None:
    response = easel.submit({}, background=True)
    assert response.status == 202
    assert "preference-applied" not in response.headers


def test_a_background_colour_does_not_submit_a_job(easel: Easel) -> None:
    response = easel.submit({}, background="transparent", drop_params=True)
    assert response.status == 200


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 0}, "n"),
        ({"size": "1x"}, "size"),
        ({"nonsense": 1}, "nonsense"),
        ({"model": "none/such"}, "model"),
        ({"stream": True}, "stream"),
        ({"webhook": "ftp://example.com"}, "webhook"),
        ({"webhook": "http://127.0.0.1/hook"}, "webhook"),
        ({"webhook": "https://user:pass@example.com"}, "webhook"),
    ],
)
def test_a_bad_request_is_refused_at_submission(
    easel: Easel, fields: dict[str, Any], param: str
) -> None:
    response = easel.submit(**fields)
    assert 400 <= response.status < 500
    assert read(response)["error"]["param"] == param
    assert easel.fake.queue == []


def test_a_webhook_needs_a_background_request(easel: Easel) -> None:
    response = easel.submit({}, webhook="https://example.com/hook")
    assert response.status == 400
    assert "respond-async" in read(response)["error"]["message"]


def test_a_webhook_needs_the_owners_secret(easel: Easel) -> None:
    easel.fake.settings = replace(OPEN, webhook_secret=None)
    response = easel.submit(webhook="https://example.com/hook")
    assert response.status == 400
    assert "WEBHOOK_SECRET" in read(response)["error"]["message"]


def test_a_callers_own_token_is_refused_because_it_would_be_stored(easel: Easel) -> None:
    easel.fake.settings = replace(OPEN, allow_caller_credentials=True)
    response = easel.submit({**ASYNC, "authorization": "Bearer together:secret-token"})
    assert response.status == 400
    assert "never stores" in read(response)["error"]["message"]
    assert easel.fake.ledger.operations == []


def test_a_job_for_a_model_without_a_credential_is_refused(easel: Easel) -> None:
    response = easel.submit(model="openai/gpt-image-1")
    assert response.status == 401
    assert read(response)["error"]["code"] == "provider_key_missing"


def test_a_job_over_the_budget_is_refused_at_submission(easel: Easel) -> None:
    easel.fake.settings = replace(OPEN, budget_images_per_day=1)
    assert easel.submit().status == 202
    response = easel.submit()
    assert response.status == 429
    assert read(response)["error"]["code"] == "insufficient_quota"
    assert len(easel.fake.queue) == 1


def test_a_job_uses_the_first_model_of_the_chain_within_the_budget(easel: Easel) -> None:
    easel.fake.settings = replace(
        OPEN, budget_usd_per_day=0.001, secrets={"OPENAI_API_KEY": ("sk-owners",)}
    )
    name = easel.job(model=f"dall-e-3,{SCHNELL}")
    assert easel.get(name)["model"] == SCHNELL
    easel.work()
    assert easel.get(name)["status"] == "completed"
    assert easel.fake.http_calls == []


def test_dropped_parameters_are_reported_at_submission(easel: Easel) -> None:
    response = easel.submit(nonsense=1, drop_params=True)
    assert "nonsense" in response.headers["x-easel-warnings"]


def test_seeds_are_reported_at_submission_only_if_the_caller_set_them(easel: Easel) -> None:
    assert "x-easel-seed" not in easel.submit().headers
    assert easel.submit(seed=7, n=2).headers["x-easel-seed"] == "7,8"


def test_a_failed_submission_holds_no_budget_and_stores_no_images(easel: Easel) -> None:
    easel.fake.settings = replace(OPEN, budget_images_per_day=1)

    async def fail(_message: str, _seconds: float) -> None:
        raise QueueError("easel's queue cannot be reached.")

    http_request = request("POST", "/v1/images/edits", form=edit_form(), headers=ASYNC)
    response: Response = wait_for(
        handle(http_request, replace(easel.fake.services(), enqueue=fail))
    )
    assert (response.status, read(response)["error"]["code"]) == (503, "queue_error")
    assert easel.fake.bucket.objects == {}
    assert easel.submit().status == 202


# Execution


def test_the_queue_executes_the_job(easel: Easel) -> None:
    name = easel.job(n=2, seed=7)
    assert easel.work() == [None]
    job = easel.get(name)
    (first, second) = easel.fake.bucket.objects
    assert job["status"] == "completed"
    assert job["completed_at"] == int(NOW.timestamp())
    assert job["error"] is None
    assert [one["url"] for one in job["result"]["data"]] == [
        f"https://easel.test/{first}",
        f"https://easel.test/{second}",
    ]
    response = easel.send("GET", f"/v1/images/jobs/{name}")
    assert response.headers["x-easel-model"] == SCHNELL
    assert response.headers["x-easel-seed"] == "7,8"
    assert "retry-after" not in response.headers


def test_a_job_with_b64_json_returns_the_images_themselves(easel: Easel) -> None:
    name = easel.job(response_format="b64_json")
    easel.work()
    image = base64.b64encode(image_bytes()).decode()
    assert easel.get(name)["result"]["data"] == [{"b64_json": image}]


def test_a_job_sends_the_provider_the_same_call_as_a_synchronous_request(easel: Easel) -> None:
    easel.job(size="512x768", steps=3, seed=11)
    easel.submit({}, background=True, size="512x768", steps=3, seed=11)
    easel.send("POST", GENERATIONS, prompt="a fox", size="512x768", steps=3, seed=11)
    easel.work()
    waited, submit_job, another = easel.fake.calls
    assert submit_job == another == waited


def edit_form(**texts: str) -> Form:
    return Form(
        [("prompt", "x"), *texts.items()],
        [("image", Bytes(photo(640, 480))), ("mask", Bytes(mask(640, 480)))],
    )


def test_the_input_images_of_an_edit_are_stored_until_the_job_ends(easel: Easel) -> None:
    form = edit_form(background="true", n="1", strength="0.5")
    job = read(easel.send("POST", "/v1/images/edits", form=form))
    stored_keys = [f"background/{job['id']}/{index}" for index in range(2)]
    assert [*easel.fake.bucket.objects] == stored_keys
    assert easel.fake.bucket.objects[stored_keys[0]][:2] == (photo(640, 480), "image/png")
    easel.work()
    assert easel.get(job["id"])["status"] == "completed"
    assert all(key.startswith("images/") for key in easel.fake.bucket.objects)
    easel.send("POST", "/v1/images/edits", form=edit_form(n="1", strength="0.5"))
    submit_job, waited = easel.fake.calls
    assert {**submit_job.inputs, "seed": 0} == {**waited.inputs, "seed": 0}


def test_a_failed_job_is_shown_with_its_error(easel: Easel) -> None:
    easel.fake.answer = {"nothing": 1}
    name = easel.job()
    easel.work()
    response = easel.send("GET", f"/v1/images/jobs/{name}")
    job = read(response)
    assert (response.status, job["status"], job["result"]) == (200, "failed", None)
    assert job["error"]["code"] == "empty_result"
    assert set(job["error"]) == {"message", "type", "param", "code"}


def test_a_job_that_failed_without_cost_is_shown_with_its_error(easel: Easel) -> None:
    name = easel.job()
    easel.fake.settings = replace(OPEN, model_aliases={SCHNELL: ("none/such",)})
    easel.work()
    job = easel.get(name)
    assert (job["status"], job["error"]["code"]) == ("failed", "model_not_found")
    assert easel.fake.calls == []


def test_a_job_uses_the_default_model_at_submission(easel: Easel) -> None:
    easel.job()
    easel.fake.settings = replace(OPEN, default_model=SDXL)
    easel.work()
    assert [call.model for call in easel.fake.calls] == [SCHNELL]


def test_the_stored_request_contains_no_secret_and_is_deleted_at_the_end(easel: Easel) -> None:
    name = easel.job()
    [(stored,)] = easel.fake.ledger.database.query("SELECT plan FROM requests")
    assert "a fox" in str(stored)
    assert SECRET.decode() not in str(stored)
    easel.work()
    assert easel.fake.ledger.database.query("SELECT id, plan FROM requests") == [[name, None]]


def test_a_synchronous_request_is_not_shown_as_a_job(easel: Easel) -> None:
    assert easel.send("GET", "/v1/images/jobs/job_none").status == 404
    assert easel.send("DELETE", "/v1/images/jobs/job_none").status == 404
    easel.submit({"idempotency-key": "mine"})
    [[name]] = easel.fake.ledger.database.query("SELECT id FROM requests")
    assert easel.send("GET", f"/v1/images/jobs/{name}").status == 404


def test_a_job_whose_image_was_deleted_reports_image_gone(easel: Easel) -> None:
    name = easel.job(response_format="b64_json")
    easel.work()
    easel.fake.bucket.objects.clear()
    job = easel.get(name)
    assert (job["status"], job["error"]["code"]) == ("failed", "image_gone")


# At most once


@pytest.mark.parametrize("headers", [{"idempotency-key": "mine"}, {"x-stainless-retry-count": "0"}])
def test_a_repeated_submission_returns_the_same_job(easel: Easel, headers: dict[str, str]) -> None:
    again = {name: value.replace("0", "1") for name, value in headers.items()}
    first = easel.submit({**ASYNC, **headers})
    queued = easel.submit({**ASYNC, **again})
    assert (first.status, queued.status) == (202, 202)
    assert read(queued) == read(first)
    assert queued.headers["idempotent-replayed"] == "true"
    assert len(easel.fake.queue) == 1
    easel.work()
    if "idempotency-key" in headers:
        ended = easel.submit({**ASYNC, **again})
        assert (ended.status, read(ended)["status"]) == (202, "completed")
        assert read(ended)["id"] == read(first)["id"]
    assert len(easel.fake.calls) == 1


def test_a_job_that_could_not_be_tried_may_be_submitted_again_under_its_key(easel: Easel) -> None:
    def submit() -> str:
        headers = {**ASYNC, "idempotency-key": "mine"}
        photo = Form([("prompt", "a fox")], [("image", Bytes(image_bytes("png", 512, 512)))])
        return str(read(easel.send("POST", EDITS, headers, photo))["id"])

    first = submit()
    # easel was killed before it stored the input image.
    easel.fake.bucket.objects.clear()
    easel.work()
    assert easel.get(first)["error"]["code"] == "image_gone"
    second = submit()
    assert second != first
    easel.work()
    assert easel.get(second)["status"] == "completed"
    assert easel.get(first)["status"] == "failed"


def test_an_idempotency_key_of_another_request_is_refused(easel: Easel) -> None:
    with_key = {**ASYNC, "idempotency-key": "mine"}
    easel.submit(with_key)
    response = easel.submit(with_key, n=2)
    assert (response.status, read(response)["error"]["code"]) == (422, "idempotency_key_reused")


def test_a_finished_synchronous_request_is_replayed_to_a_job_with_its_idempotency_key(
    easel: Easel,
) -> None:
    easel.fake.answer = {"nothing": 1}
    with_key = {"idempotency-key": "mine"}
    first = easel.submit(with_key)
    response = easel.submit({**ASYNC, **with_key})
    assert response.status == first.status == 502
    assert response.headers["idempotent-replayed"] == "true"


def test_a_message_that_arrives_twice_executes_the_job_once(easel: Easel) -> None:
    easel.job()
    ((text, _),) = easel.fake.queue
    assert easel.deliver(text) is None
    assert easel.deliver(text) is None
    assert len(easel.fake.calls) == 1


def test_the_message_of_a_running_job_is_delivered_again_later(easel: Easel) -> None:
    name = running_job(easel)
    assert easel.deliver(message(name)) == 30
    assert easel.fake.calls == []
    assert easel.get(name)["status"] == "in_progress"


def running_job(easel: Easel) -> str:
    """A job that is being executed; returns its id."""
    name = easel.job()
    easel.fake.queue.clear()
    claim_background(easel.fake.ledger.database, name, NOW.timestamp(), 30)
    return name


def message(name: str, task: str = "carry_out") -> str:
    return json.dumps({task: name})


def by_message(easel: Easel, name: str) -> None:
    assert easel.deliver(message(name)) is None


def by_reading_status(easel: Easel, name: str) -> None:
    easel.get(name)


@pytest.mark.parametrize("notice", [by_message, by_reading_status])
def test_an_interrupted_job_fails_with_an_unknown_outcome_and_is_not_executed_again(
    easel: Easel, notice: Callable[[Easel, str], None]
) -> None:
    name = running_job(easel)
    easel.fake.slept.append(31)
    notice(easel, name)
    job = easel.get(name)
    assert (job["status"], job["error"]["code"]) == ("failed", "outcome_unknown")
    assert easel.fake.calls == []


def test_images_that_were_stored_before_an_interruption_are_returned(easel: Easel) -> None:
    name = easel.job()
    easel.work()
    easel.fake.ledger.database.query(
        "UPDATE requests SET state = 'running', answer = NULL, ended = NULL, lease = 0"
    )
    job = easel.get(name)
    (key,) = easel.fake.bucket.objects
    assert job["status"] == "completed"
    assert job["result"]["data"] == [{"url": f"https://easel.test/{key}"}]
    assert len(easel.fake.calls) == 1


def test_a_job_whose_message_was_lost_is_queued_again_when_its_status_is_read(easel: Easel) -> None:
    name = easel.job()
    easel.fake.queue.clear()
    easel.fake.slept.append(59)
    easel.get(name)
    assert easel.fake.queue == []
    easel.fake.slept.append(2)
    easel.get(name)
    easel.get(name)
    assert easel.fake.queue == [(message(name), 0)]
    easel.work()
    assert easel.get(name)["status"] == "completed"


def test_a_job_whose_message_was_lost_is_queued_again_by_the_clean_up(easel: Easel) -> None:
    name = easel.job()
    easel.fake.queue.clear()
    assert wait_for(requeue_unclaimed(easel.fake.services())) == 0
    easel.fake.slept.append(61)
    assert [wait_for(requeue_unclaimed(easel.fake.services())) for _ in range(2)] == [1, 0]
    assert easel.fake.queue == [(message(name), 0)]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"unheard_of": "x"}'])
def test_a_malformed_message_is_delivered_again_later(easel: Easel, text: str) -> None:
    assert easel.deliver(text) == 30


def test_an_internal_failure_redelivers_the_message_with_growing_delays(easel: Easel) -> None:
    name = easel.job()
    easel.fake.ledger.fails = True
    delays = [easel.deliver(message(name), attempts) for attempts in (1, 2, 3, 9)]
    assert delays == [30, 60, 120, 3600]
    easel.fake.ledger.fails = False
    assert easel.deliver(message(name), 10) is None
    assert easel.get(name)["status"] == "completed"


# Cancelling


def test_a_queued_job_is_cancelled_at_once(easel: Easel) -> None:
    form = edit_form(background="true")
    name = read(easel.send("POST", "/v1/images/edits", form=form))["id"]
    job = easel.cancel(name)
    assert (job["status"], job["error"]["code"]) == ("cancelled", "cancelled")
    assert job["completed_at"] == int(NOW.timestamp())
    assert easel.fake.bucket.objects == {}
    assert easel.work() == [None]
    assert easel.fake.calls == []
    assert easel.get(name) == job


def test_a_cancelled_job_releases_its_budget(easel: Easel) -> None:
    easel.fake.settings = replace(OPEN, budget_images_per_day=1)
    easel.cancel(easel.job())
    assert easel.submit().status == 202


def test_a_running_job_is_interrupted_and_ends_as_cancelled(easel: Easel) -> None:
    services = easel.fake.services()
    easel.fake.settings = replace(OPEN, leave_grace_seconds=0)
    name = easel.job(n=2, model=SDXL)

    def answer_cancelled(_inputs: object) -> Exception:
        # The renewal of the lease reports the cancellation.
        services.mark_client_left()
        return RuntimeError("cut")

    easel.fake.answer = answer_cancelled
    easel.deliver(easel.fake.queue.pop()[0], services=services)
    job = easel.get(name)
    assert job["status"] == "cancelled"
    assert job["error"]["code"] == "cancelled"


def test_an_image_that_was_finished_despite_the_cancellation_is_delivered(easel: Easel) -> None:
    services = easel.fake.services()
    name = easel.job()

    def answer_cancelled(_inputs: object) -> None:
        services.mark_client_left()

    easel.fake.answer = answer_cancelled
    easel.deliver(easel.fake.queue.pop()[0], services=services)
    assert easel.get(name)["status"] == "completed"


def test_a_cancelled_job_that_still_runs_is_cancelling(easel: Easel) -> None:
    name = running_job(easel)
    assert easel.cancel(name)["status"] == "cancelling"


def test_cancelling_a_finished_job_changes_nothing(easel: Easel) -> None:
    name = easel.job()
    easel.work()
    assert easel.cancel(name) == easel.get(name)
    assert easel.get(name)["status"] == "completed"


# Access


def test_a_job_is_visible_only_to_its_own_key(easel: Easel) -> None:
    keys = {name: f"key-of-{name}-3f8a1c6e9d2b7045" for name in ("a", "b")}
    easel.fake.settings = Settings(
        easel_api_keys=tuple(
            Key(name, sha256(shown.encode()).digest(), Limits(images_per_day=5))
            for name, shown in keys.items()
        )
    )
    mine, other = ({"authorization": f"Bearer {key}"} for key in keys.values())
    name = read(easel.submit({**ASYNC, **mine}))["id"]
    path = f"/v1/images/jobs/{name}"
    assert easel.send("GET", path).status == 401
    assert easel.send("GET", path, other).status == 404
    assert easel.send("DELETE", path, other).status == 404
    easel.work()
    assert read(easel.send("GET", path, mine))["status"] == "completed"


def test_reading_a_job_has_its_own_rate_limit(easel: Easel) -> None:
    easel.get(easel.job())
    assert easel.fake.rate_limit_checks == [("address ", "requests"), ("address ", "lookups")]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_reading_unknown_jobs_is_rate_limited(easel: Easel, method: str) -> None:
    for name in ("one", "two", "three"):
        assert easel.send(method, f"/v1/images/jobs/{name}").status == 404
    assert easel.fake.rate_limit_checks == [("address ", "lookups")] * 3
    easel.fake.rate_limited = {"address "}
    assert easel.send(method, "/v1/images/jobs/four").status == 429
