"""The driver, with an invented provider that submits, polls and cancels."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from easel.access.authentication import Caller
from easel.access.credentials import Credential
from easel.errors import (
    ClientDisconnectedError,
    ContentRefusedError,
    EaselError,
    ProviderTimeoutError,
    UnavailableError,
)
from easel.generation.execution.context import Context
from easel.generation.execution.driver import run_attempt
from easel.platform.calls import Abandoned, CallFailure, Event, HttpAnswer, HttpCall
from easel.providers.calls import fetch_json
from easel.providers.protocol import Attempt, NextEvent, Pause, Picture, Provider, Result, Run
from easel.settings.settings import Settings
from support.events import FakeEvents
from support.services import NOW, Bytes, FakeServices

BASE = "https://p.example/v1"
QUEUED = HttpAnswer(200, {}, {"id": "1", "status": "queued"})
DONE = HttpAnswer(200, {}, {"status": "done"})


def generate(attempt: Attempt) -> Run:
    yield from fetch_json(HttpCall("POST", f"{BASE}/tasks", body={"p": attempt.prompt}), "P")
    try:
        while True:
            poll = HttpCall("GET", f"{BASE}/tasks/1", buys=False)
            state = yield from fetch_json(poll, "P")
            if state["status"] == "refused":
                raise ContentRefusedError("P: no.", billed=False)
            if state["status"] == "done":
                return Result([Picture(Bytes(b"png"))])
            yield Pause(2)
    except Abandoned:
        yield HttpCall("DELETE", f"{BASE}/tasks/1", buys=False)
        raise


PROVIDER = Provider("P", generate, {"P_BASE_URL": BASE}, ("P_KEY",))


def run(fake: FakeServices, provider: Provider = PROVIDER, **settings: Any) -> Result:
    attempt = Attempt("m", "a fox", {}, base_urls={"P_BASE_URL": BASE})
    known = Settings(**{"job_timeout_seconds": 60, "leave_grace_seconds": 5, **settings})
    context = Context(
        fake.services(),
        known,
        Caller("alice", is_owner=True),
        id="job_1",
        stem="",
        started=NOW,
        deadline=NOW + timedelta(seconds=known.job_timeout_seconds),
        providers={"p": provider},
    )
    return asyncio.run(run_attempt(provider, attempt, Credential("key", is_callers=False), context))


def answering(*answers: HttpAnswer | Exception) -> FakeServices:
    left = [*answers]
    return FakeServices(http=lambda _call: left.pop(0) if len(left) > 1 else left[0])


def methods(fake: FakeServices) -> list[str]:
    return [call.method for call in fake.http_calls]


def test_the_steps_of_a_provider_are_executed_in_order() -> None:
    fake = answering(QUEUED, QUEUED, DONE)
    assert run(fake).pictures[0].source == Bytes(b"png")
    assert (methods(fake), fake.slept) == (["POST", "GET", "GET"], [2])


def test_an_error_while_polling_is_not_retried_because_it_may_be_billed() -> None:
    with pytest.raises(UnavailableError) as caught:
        run(answering(QUEUED, HttpAnswer(503, {}, None)))
    assert caught.value.billed
    assert not caught.value.should_retry


def test_a_failed_submission_may_be_retried() -> None:
    with pytest.raises(UnavailableError) as caught:
        run(answering(HttpAnswer(503, {}, None)))
    assert caught.value.should_retry


def test_a_polled_error_that_the_provider_marks_as_unbilled_stays_unbilled() -> None:
    with pytest.raises(ContentRefusedError) as caught:
        run(answering(QUEUED, HttpAnswer(200, {}, {"status": "refused"})))
    assert not caught.value.billed


def test_a_task_is_cancelled_at_the_deadline() -> None:
    fake = answering(QUEUED)
    with pytest.raises(ProviderTimeoutError) as caught:
        run(fake, job_timeout_seconds=5)
    assert methods(fake)[-1] == "DELETE"
    assert caught.value.billed


def test_a_task_is_cancelled_if_the_deadline_interrupts_a_poll() -> None:
    fake = answering(QUEUED, CallFailure("timeout", "x"), DONE)
    fake.slowness = 3
    with pytest.raises(ProviderTimeoutError):
        run(fake, job_timeout_seconds=6)
    assert methods(fake) == ["POST", "GET", "DELETE"]


def test_a_task_is_cancelled_some_seconds_after_the_client_disconnects() -> None:
    fake = answering(QUEUED)
    http = fake.http
    assert http is not None

    def disconnect(call: HttpCall) -> HttpAnswer | Exception:
        fake.client_left = True
        return http(call)

    fake.http = disconnect
    with pytest.raises(ClientDisconnectedError):
        run(fake)
    assert fake.slept == [2, 2, 1]
    assert methods(fake)[-1] == "DELETE"


def test_a_failed_cancellation_does_not_change_the_error() -> None:
    fake = answering(QUEUED, CallFailure("left", "x"), CallFailure("timeout", "x"))
    with pytest.raises(EaselError):
        run(fake)
    assert methods(fake) == ["POST", "GET", "DELETE"]


def headers_sent_to(url: str, provider: Provider = PROVIDER) -> dict[str, str]:
    def one_call(_attempt: Attempt) -> Run:
        yield HttpCall("GET", url, {"x-own": "1"}, buys=False)
        return Result([])

    fake = answering(DONE)
    run(fake, Provider("P", one_call, PROVIDER.base_urls, ("P_KEY",), provider.header, "Key "))
    return dict(fake.http_calls[0].headers)


def test_the_credential_is_sent_to_the_providers_origin() -> None:
    assert headers_sent_to(f"{BASE}/x") == {"authorization": "Key key", "x-own": "1"}


@pytest.mark.parametrize(
    "url",
    [
        "https://p.example.evil.example/v1",
        "https://p.example:8443/v1",
        "http://p.example/v1",
        "https://cdn.example/p.example",
    ],
)
def test_the_credential_is_sent_to_no_other_origin(url: str) -> None:
    assert headers_sent_to(url) == {"x-own": "1"}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/v1", "https://p.example@evil.example/", "file:///etc/passwd"]
)
def test_a_url_from_an_answer_may_not_lead_to_a_private_address(url: str) -> None:
    with pytest.raises(EaselError):
        headers_sent_to(url)


def follow(_attempt: Attempt) -> Run:
    """Read events until one contains the outcome."""
    answer = yield HttpCall("GET", f"{BASE}/events", reads_events=True)
    assert isinstance(answer, HttpAnswer)
    assert isinstance(answer.body, FakeEvents)
    while True:
        event = yield NextEvent(answer.body)
        assert isinstance(event, Event)
        if event.name == "completed":
            return Result([Picture(Bytes(b"png"))])
        if event.name == "refused":
            raise ContentRefusedError("P: no.")


@pytest.mark.parametrize(
    ("last", "error"),
    [
        (Event("completed", None), None),
        (Event("refused", None), ContentRefusedError),
        (CallFailure("lost", "x"), EaselError),
        (RuntimeError("a bug in the provider's code"), RuntimeError),
    ],
)
def test_an_event_stream_is_cancelled_however_the_provider_ends(
    last: Event | Exception, error: type[Exception] | None
) -> None:
    events = FakeEvents(Event("progress", None), last, Event("never read", None))
    fake = answering(HttpAnswer(200, {}, events))
    provider = Provider("P", follow, {"P_BASE_URL": BASE}, ("P_KEY",))
    with pytest.raises(error) if error else nullcontext():
        run(fake, provider)
    assert events.cancelled


def test_the_memory_of_the_last_answer_is_left_to_the_caller() -> None:
    released: list[str] = []
    queued = replace(QUEUED, release=lambda: released.append("queued"))
    done = replace(DONE, release=lambda: released.append("done"))
    result = run(answering(queued, done))
    assert released == ["queued"]
    result.release()
    assert released == ["queued", "done"]


def test_the_memory_of_an_answer_is_released_where_the_attempt_fails() -> None:
    released: list[str] = []
    refused = HttpAnswer(503, {}, None, lambda: released.append("refused"))
    with pytest.raises(UnavailableError):
        run(answering(refused))
    assert released == ["refused"]
