"""Failures of Workers AI: the error that callers receive, and whether their SDK retries."""

import uuid

import httpx2
import openai
import pytest

from support.server import Server

SCHNELL = "@cf/black-forest-labs/flux-1-schnell"
SDXL = "@cf/stabilityai/stable-diffusion-xl-base-1.0"

# The stand-in's directive, our status and code, and how often an SDK that may retry twice calls.
FAILURES = [
    ("error 3040", 429, "rate_limit_exceeded", 3),
    ("error rate-limit", 429, "rate_limit_exceeded", 3),
    ("error 3036", 429, "insufficient_quota", 1),
    ("error 3007", 504, "upstream_timeout", 1),
    ("error nsfw-input", 400, "content_policy_violation", 1),
    ("error nsfw-output", 400, "content_policy_violation", 1),
    ("error 3008", 502, "upstream_error", 1),
    ("error 3023", 502, "upstream_error", 1),
    ("error 5007", 502, "upstream_error", 1),
    ("error html", 502, "upstream_error", 1),
    ("empty", 502, "empty_result", 1),
    ("no-image", 502, "empty_result", 1),
    ("garbage", 502, "empty_result", 1),
    ("truncate", 502, "empty_result", 1),
]


@pytest.mark.parametrize(("directive", "status", "code", "calls"), FAILURES)
def test_a_provider_failure_has_the_right_status_and_is_not_billed_twice(
    server: Server, http: httpx2.Client, directive: str, status: int, code: str, calls: int
) -> None:
    prompt = f"{uuid.uuid4()} [stand-in {directive}]"
    seen: list[httpx2.Response] = []

    def no_wait(response: httpx2.Response) -> None:
        # The SDK reads how long to wait from the answer; a test need not.
        seen.append(response)
        if "retry-after" in response.headers:
            response.headers["retry-after-ms"] = "1"

    hooked = openai.DefaultHttpxClient(event_hooks={"response": [no_wait]})
    with (
        openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", http_client=hooked) as sdk,
        pytest.raises(openai.APIStatusError) as caught,
    ):
        sdk.images.generate(model=SCHNELL, prompt=prompt)
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert caught.value.request_id
    assert len(server.calls(prompt, http)) == len(seen) == calls
    assert ("retry-after" in seen[0].headers) == (calls > 1)


@pytest.mark.parametrize("directive", ["truncate", "empty", "garbage", "no-image"])
def test_a_stream_without_an_image_is_an_error(http: httpx2.Client, directive: str) -> None:
    body = {"prompt": f"[stand-in {directive}]", "model": SDXL}
    response = http.post("/v1/images/generations", json=body)
    assert response.status_code == 502
    assert response.headers["x-should-retry"] == "false"


def test_the_providers_error_text_appears_only_in_the_log(
    server: Server, http: httpx2.Client
) -> None:
    body = {"prompt": "[stand-in error html]"}
    response = http.post("/v1/images/generations", json=body)
    assert "Bad Gateway" not in response.text
    assert any("Bad Gateway" in line for line in server.lines)
