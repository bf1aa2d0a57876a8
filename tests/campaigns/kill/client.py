"""Clients that send the load and retry as the OpenAI SDKs do.

https://github.com/openai/openai-python/blob/main/src/openai/_base_client.py
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from campaigns.kill.load import KEYS, LoadRequest
from campaigns.kill.outcome import Outcome, read_events
from support.server import key_of
from support.workerd import is_from_easel

_TIMEOUT_SECONDS = 100.0
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 2.0
_POLL_SECONDS = 0.3

# After so long a client gives a request up, which is a breach: easel settles what it lost within
# a minute and a half, and is killed every few seconds meanwhile.
_PATIENCE_SECONDS = 300.0


class _LostError(Exception):
    """The connection broke before the whole answer was there."""


@dataclass(frozen=True)
class _Answer:
    """An answer of easel's: its status, headers in lower case, and JSON body or last event."""

    status: int
    headers: httpx2.Headers
    content: dict[str, Any]


def ask(request: LoadRequest, find_url: Callable[[], str]) -> Outcome:
    """Send a request until it is answered for good, and follow its job if it has one.

    Args:
        request: what to ask for.
        find_url: gives the origin of easel, which may move when it is restarted.
    """
    outcome = Outcome(request)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    _ask_until_answered(outcome, find_url, deadline)
    if request.is_repeated and (outcome.urls or outcome.contents) and outcome.job is None:
        _ask_again(outcome, find_url, deadline)
    if not outcome.is_answered and request.repetition != "none":
        outcome.add_breach(f"no answer within {_PATIENCE_SECONDS:.0f} s")
    return outcome


def _ask_until_answered(outcome: Outcome, find_url: Callable[[], str], deadline: float) -> None:
    request = outcome.request
    while time.monotonic() < deadline:
        try:
            answer = _send(outcome, find_url())
        except _LostError:
            outcome.lost += 1
            if request.repetition == "none":
                return
            _wait(outcome.attempts, None)
            continue
        if answer.status == 202:
            _follow(outcome, str(answer.content["id"]), find_url, deadline)
            return
        _read(outcome, answer)
        if request.repetition == "none" or not _may_retry(answer):
            return
        _wait(outcome.attempts, answer.headers.get("retry-after"))


def _ask_again(outcome: Outcome, find_url: Callable[[], str], deadline: float) -> None:
    """Repeat a named request that was answered: it must get the same answer."""
    again = Outcome(outcome.request, attempts=outcome.attempts)
    _ask_until_answered(again, find_url, deadline)
    outcome.was_repeated = True
    # The origin in a URL is that of the easel that answered, which may have moved meanwhile.
    stored, stored_again = ([*map(key_of, one.urls)] for one in (outcome, again))
    if (stored, outcome.contents) != (stored_again, again.contents):
        outcome.add_breach(f"repeated, it got {again.urls or again.code} after {outcome.urls}")


def _send(outcome: Outcome, url: str) -> _Answer:
    request = outcome.request
    headers = {**KEYS[request.key].headers, **_known_by(outcome)}
    is_first = outcome.attempts == 0
    seconds = request.patience if is_first and request.patience else _TIMEOUT_SECONDS
    outcome.attempts += 1
    try:
        with (
            httpx2.Client(base_url=url, timeout=seconds) as http,
            http.stream("POST", request.route, json=dict(request.body), headers=headers) as answer,
        ):
            return _receive(answer)
    except httpx2.TransportError as error:
        raise _LostError from error


def _known_by(outcome: Outcome) -> dict[str, str]:
    match outcome.request.repetition:
        case "named":
            return {"idempotency-key": outcome.request.name}
        case "counted":
            return {"x-stainless-retry-count": str(outcome.attempts)}
    return {}


def _receive(response: httpx2.Response) -> _Answer:
    if not is_from_easel(response):
        raise _LostError
    if response.headers.get("content-type", "").startswith("text/event-stream"):
        return _Answer(response.status_code, response.headers, read_events(response))
    response.read()
    return _Answer(response.status_code, response.headers, response.json())


def _read(outcome: Outcome, answer: _Answer) -> None:
    content = answer.content
    if error := content.get("error"):
        outcome.code = str(error["code"])
        return
    images = content.get("data", [content])
    outcome.add_images(images, answer.headers.get("x-easel-missing", ""))


def _may_retry(answer: _Answer) -> bool:
    if answer.headers.get("x-should-retry") == "false":
        return False
    return answer.status in (408, 409, 429) or answer.status >= 500


def _wait(attempts: int, retry_after: str | None) -> None:
    backoff = min(_FIRST_WAIT_SECONDS * 2.0 ** (attempts - 1), _LONGEST_WAIT_SECONDS)
    asked = float(retry_after) if retry_after else 0.0
    # The SDKs heed what they are told up to a minute.
    time.sleep(asked if 0 < asked <= 60 else backoff)


def _follow(outcome: Outcome, job: str, find_url: Callable[[], str], deadline: float) -> None:
    """Poll a job until it has ended."""
    outcome.job = job
    headers = KEYS[outcome.request.key].headers
    cancels = outcome.request.is_cancelled
    while time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        try:
            with httpx2.Client(base_url=find_url(), timeout=_TIMEOUT_SECONDS) as http:
                response = http.request(
                    "DELETE" if cancels else "GET", f"/v1/images/jobs/{job}", headers=headers
                )
        except httpx2.TransportError:
            continue
        if not is_from_easel(response):
            continue
        cancels = False
        if response.status_code != 200:
            outcome.add_breach(f"its job {job} is answered {response.status_code} {response.text}")
            return
        content = response.json()
        if content["completed_at"] is None:
            continue
        if content["error"]:
            outcome.code = str(content["error"]["code"])
        else:
            missing = response.headers.get("x-easel-missing", "")
            outcome.add_images(content["result"]["data"], missing)
        return
    outcome.add_breach(f"its job {job} did not end within {_PATIENCE_SECONDS:.0f} s")
