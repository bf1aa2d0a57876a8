"""The owner's view: a log line for each request, timings, request ids and health."""

import json

import httpx2
import pytest

from support.server import Server, new_prompt

GENERATIONS = "/v1/images/generations"


def test_each_request_writes_one_log_line(server: Server, http: httpx2.Client) -> None:
    answer = http.post(GENERATIONS, json={"prompt": new_prompt("[stand-in delay 50]"), "n": 2})
    line = server.log_line(answer.headers["x-request-id"])
    assert line["method"] == "POST"
    assert line["route"] == GENERATIONS
    assert line["key"] == "anonymous"
    assert line["status"] == 200
    assert line["model"] == "@cf/black-forest-labs/flux-1-schnell"
    assert line["provider"] == "workers-ai"
    assert (line["attempts"], line["images"]) == (2, 2)
    assert line["cost_usd"] == 0.0012672
    assert line["bytes"] > 1000
    assert line["total_ms"] >= 50
    assert line["upstream_ms"] >= 100
    assert "prompt" not in line


def test_the_log_line_of_a_failure_has_its_code_but_not_the_prompt(
    server: Server, http: httpx2.Client
) -> None:
    prompt = new_prompt("[stand-in error 5006]")
    answer = http.post(GENERATIONS, json={"prompt": prompt})
    line = server.log_line(answer.headers["x-request-id"])
    assert line["code"] == answer.json()["error"]["code"]
    assert prompt not in json.dumps(line)


def test_a_stream_writes_its_log_line_at_its_end(server: Server, http: httpx2.Client) -> None:
    answer = http.post(GENERATIONS, json={"prompt": new_prompt(), "stream": True})
    assert server.log_line(answer.headers["x-request-id"])["images"] == 1


@pytest.mark.parametrize("own", ["abc-123", "7f3a.b:c_d", "x" * 128])
def test_a_valid_request_id_of_the_caller_is_kept(http: httpx2.Client, own: str) -> None:
    assert http.get("/health", headers={"x-request-id": own}).headers["x-request-id"] == own


@pytest.mark.parametrize("own", ["", "-", "a b", "a,b", '"a"', "<script>", "{}", "é", "x" * 129])
def test_an_invalid_request_id_is_replaced(http: httpx2.Client, own: str) -> None:
    headers = [(b"x-request-id", own.encode())]
    request_id = http.get("/health", headers=headers).headers["x-request-id"]
    assert request_id.startswith("req_")


def test_the_server_timing_header_has_the_duration_of_each_step(http: httpx2.Client) -> None:
    answer = http.post(GENERATIONS, json={"prompt": new_prompt("[stand-in delay 50]")})
    parts = dict(part.split(";dur=") for part in answer.headers["server-timing"].split(", "))
    assert set(parts) == {"upstream", "bucket", "ledger", "total"}
    assert 50 <= float(parts["upstream"]) <= float(parts["total"])
