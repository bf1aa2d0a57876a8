"""Requests in the background, over HTTP: submit one, look at it, wait for its end."""

from collections.abc import Mapping
from typing import Any

import httpx2

from support.server import wait_until

_GENERATIONS = "/v1/images/generations"
RESPOND_ASYNC = {"prefer": "respond-async"}
_OPEN = ("queued", "in_progress", "cancelling")


def submit(http: httpx2.Client, prompt: str, **headers: str) -> dict[str, Any]:
    answer = http.post(_GENERATIONS, json={"prompt": prompt}, headers={**RESPOND_ASYNC, **headers})
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
    wait_until(lambda: look(http, job, headers)["status"] not in _OPEN)
    return look(http, job, headers)
