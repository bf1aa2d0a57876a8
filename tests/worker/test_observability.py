"""What the owner can see: a line for each request, timings, ids, and how easel is."""

import json
from typing import Any

import httpx2
import pytest

from support.guarded import KEYS, shown
from support.server import Server, new_prompt, wait_until

GENERATIONS = "/v1/images/generations"


def line_of(server: Server, request_id: str) -> dict[str, Any]:
    """The line of the log that tells of a request, of which there is one."""

    def lines() -> list[str]:
        return [line for line in server.lines if f'"{request_id}"' in line]

    wait_until(lambda: bool(lines()))
    [line] = lines()
    told: dict[str, Any] = json.loads(line)
    return told


def test_each_request_writes_one_line(server: Server, http: httpx2.Client) -> None:
    answer = http.post(GENERATIONS, json={"prompt": new_prompt("[stand-in delay 50]"), "n": 2})
    told = line_of(server, answer.headers["x-request-id"])
    assert told["method"] == "POST"
    assert told["route"] == GENERATIONS
    assert told["key"] == "anonymous"
    assert told["status"] == 200
    assert told["model"] == "@cf/black-forest-labs/flux-1-schnell"
    assert told["provider"] == "workers-ai"
    assert (told["attempts"], told["images"]) == (2, 2)
    assert told["cost_usd"] == 0.0012672
    assert told["bytes"] > 1000
    assert told["total_ms"] >= 50
    assert told["upstream_ms"] >= 100
    assert "prompt" not in told


def test_a_failure_tells_its_code_and_not_the_prompt(server: Server, http: httpx2.Client) -> None:
    prompt = new_prompt("[stand-in error 5006]")
    answer = http.post(GENERATIONS, json={"prompt": prompt})
    told = line_of(server, answer.headers["x-request-id"])
    assert told["code"] == answer.json()["error"]["code"]
    assert prompt not in json.dumps(told)


def test_a_stream_writes_its_line_at_its_end(server: Server, http: httpx2.Client) -> None:
    answer = http.post(GENERATIONS, json={"prompt": new_prompt(), "stream": True})
    assert line_of(server, answer.headers["x-request-id"])["images"] == 1


def test_the_name_of_a_key_is_told_and_never_the_key(
    guarded_server: Server, guarded: httpx2.Client
) -> None:
    answer = guarded.post(GENERATIONS, json={"prompt": "x"}, headers=shown(KEYS.plain))
    assert line_of(guarded_server, answer.headers["x-request-id"])["key"] == "plain"


@pytest.mark.parametrize("own", ["abc-123", "7f3a.b:c_d", "x" * 128])
def test_a_harmless_id_is_the_callers_own(http: httpx2.Client, own: str) -> None:
    assert http.get("/health", headers={"x-request-id": own}).headers["x-request-id"] == own


@pytest.mark.parametrize("own", ["", "-", "a b", "a,b", '"a"', "<script>", "{}", "é", "x" * 129])
def test_any_other_is_replaced(http: httpx2.Client, own: str) -> None:
    headers = [(b"x-request-id", own.encode())]
    told = http.get("/health", headers=headers).headers["x-request-id"]
    assert told.startswith("req_")


def test_the_answer_says_what_took_how_long(http: httpx2.Client) -> None:
    answer = http.post(GENERATIONS, json={"prompt": new_prompt("[stand-in delay 50]")})
    parts = dict(part.split(";dur=") for part in answer.headers["server-timing"].split(", "))
    assert set(parts) == {"upstream", "bucket", "ledger", "total"}
    assert 50 <= float(parts["upstream"]) <= float(parts["total"])


def test_health_is_anybodys_and_its_depth_an_admins(guarded: httpx2.Client) -> None:
    assert guarded.get("/health").json()["status"] == "ok"
    assert guarded.get("/health?deep=1").status_code == 401
    assert guarded.get("/health?deep=1", headers=shown(KEYS.plain)).status_code == 403
    deep = guarded.get("/health?deep=1", headers=shown(KEYS.admin))
    assert deep.status_code == 200
    assert {name: one["status"] for name, one in deep.json()["checks"].items()} == {
        "bucket": "ok",
        "ai": "ok",
        "ledger": "ok",
    }
