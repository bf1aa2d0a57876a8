"""Easel is killed while it generates: no billed image is lost or billed again."""

import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from support.server import Server, new_prompt, wait_until
from tools.processes import find_descendants
from tools.server import running

GENERATIONS = "/v1/images/generations"


@dataclass(frozen=True)
class Interrupted:
    """Easel after it was killed and started again.

    Attributes:
        stored: a request for two images, of which one was stored before the end.
        unknown: a request of which nothing was stored.
        job: a background request that was being carried out, of which nothing was stored.
    """

    server: Server
    stored: Mapping[str, object]
    unknown: Mapping[str, object]
    job: Mapping[str, object]


@pytest.fixture(scope="module")
def interrupted_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interrupted]:
    state = tmp_path_factory.mktemp("interrupted")
    # The second of two images never comes, so the request is under way when the first is kept.
    prompt = new_prompt("[stand-in delay 60000 on seed 2]")
    stored = {"prompt": prompt, "n": 2, "seed": 1}
    unknown = {"prompt": new_prompt("[stand-in delay 60000]")}
    job = {"prompt": new_prompt("[stand-in delay 60000]"), "background": True}
    with running(state=state) as first, ThreadPoolExecutor() as pool:
        server = Server(first.url, state, first.lines)
        submit_job = ask(server, job)
        assert submit_job is not None
        asked = [pool.submit(ask, server, body) for body in (stored, unknown)]
        wait_until(lambda: any(one["prompt"] == prompt for one in server.recipes()))
        wait_until(lambda: server.requests() == ["running"] * 3)
        for worker in find_descendants(first.guardian.pid, "workerd"):
            os.kill(worker, signal.SIGKILL)
        assert [one.result() for one in asked] == [None, None]
    with running(state=state) as second:
        again = Server(second.url, state, second.lines)
        yield Interrupted(again, stored, unknown, {**job, "id": submit_job.json()["id"]})


def ask(server: Server, body: Mapping[str, object]) -> httpx2.Response | None:
    """Request images with an idempotency key; None where the connection broke."""
    headers = {"idempotency-key": str(body["prompt"])}
    try:
        with server.client() as client:
            return client.post(GENERATIONS, json=dict(body), headers=headers, timeout=120)
    except httpx2.TransportError:
        return None


@pytest.mark.timeout(240)
def test_an_image_that_was_stored_before_the_crash_is_returned(
    interrupted_server: Interrupted,
) -> None:
    server = interrupted_server.server
    answer, again = (ask(server, interrupted_server.stored) for _ in range(2))
    assert answer is not None
    assert answer.status_code == 200, answer.text
    [image] = answer.json()["data"]
    assert answer.headers["x-easel-missing"] == "1"
    assert answer.headers["x-easel-missing-codes"] == "outcome_unknown"
    assert again is not None
    assert again.json() == answer.json()
    assert again.headers["idempotent-replayed"] == "true"
    with server.client() as http:
        assert http.get(image["url"].removeprefix(server.url)).status_code == 200
        assert server.calls(str(interrupted_server.stored["prompt"]), http) == []


@pytest.mark.timeout(240)
def test_a_request_with_an_unknown_outcome_is_not_billed_again(
    interrupted_server: Interrupted,
) -> None:
    server = interrupted_server.server
    answer = ask(server, interrupted_server.unknown)
    assert answer is not None
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "outcome_unknown"
    assert answer.headers["x-should-retry"] == "false"
    with server.client() as http:
        assert server.calls(str(interrupted_server.unknown["prompt"]), http) == []


@pytest.mark.timeout(240)
def test_an_interrupted_job_fails_and_is_not_billed_again(interrupted_server: Interrupted) -> None:
    server, job = interrupted_server.server, interrupted_server.job
    with server.client() as http:

        def look() -> dict[str, Any]:
            shown: dict[str, Any] = http.get(f"/v1/images/jobs/{job['id']}").json()
            return shown

        wait_until(lambda: look()["completed_at"] is not None)
        assert look()["status"] == "failed"
        assert look()["error"]["code"] == "outcome_unknown"
        assert server.calls(str(job["prompt"]), http) == []
