"""Retries: a request is carried out at most once."""

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx2
import openai
import pytest

from support.pictures import photo
from support.server import Server, new_prompt

GENERATIONS = "/v1/images/generations"
EDITS = "/v1/images/edits"


def named(name: str = "", **more: str) -> dict[str, str]:
    return {"idempotency-key": name or str(uuid.uuid4()), **more}


def test_twenty_concurrent_requests_with_one_idempotency_key_make_one_call(
    server: Server, http: httpx2.Client
) -> None:
    prompt, headers = new_prompt("[stand-in delay 500]"), named()

    async def ask() -> list[httpx2.Response]:
        async with httpx2.AsyncClient(base_url=server.url, timeout=60) as client:
            return await asyncio.gather(
                *(
                    client.post(GENERATIONS, json={"prompt": prompt, "seed": 7}, headers=headers)
                    for _ in range(20)
                )
            )

    answers = asyncio.run(ask())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(server.calls(prompt, http)) == 1
    replayed = [answer for answer in answers if "idempotent-replayed" in answer.headers]
    assert len(replayed) == 19
    assert {answer.headers["x-easel-seed"] for answer in answers} == {"7"}


@pytest.mark.parametrize("response_format", ["url", "b64_json"])
def test_a_later_retry_receives_the_stored_response(
    server: Server, http: httpx2.Client, response_format: str
) -> None:
    prompt, headers = new_prompt(), named()
    body = {"prompt": prompt, "n": 2, "seed": 7, "response_format": response_format}
    first, later = (http.post(GENERATIONS, json=body, headers=headers) for _ in range(2))
    assert first.status_code == 200
    assert "idempotent-replayed" not in first.headers
    assert later.json() == first.json()
    assert later.headers["idempotent-replayed"] == "true"
    assert later.headers["x-easel-seed"] == first.headers["x-easel-seed"] == "7,8"
    assert len(server.calls(prompt, http)) == 2


def test_the_order_of_fields_does_not_matter(server: Server, http: httpx2.Client) -> None:
    prompt, headers = new_prompt(), named(**{"content-type": "application/json"})
    http.post(GENERATIONS, content=f'{{"prompt":"{prompt}","seed":1}}', headers=headers)
    text = f'{{ "seed": 1, "prompt": "{prompt}" }}'
    assert http.post(GENERATIONS, content=text, headers=headers).status_code == 200
    assert len(server.calls(prompt, http)) == 1


def test_another_request_with_the_same_idempotency_key_is_refused(
    server: Server, http: httpx2.Client
) -> None:
    headers, other = named(), new_prompt()
    http.post(GENERATIONS, json={"prompt": new_prompt()}, headers=headers)
    answer = http.post(GENERATIONS, json={"prompt": other}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "idempotency_key_reused"
    assert answer.headers["x-should-retry"] == "false"
    assert server.calls(other, http) == []


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_an_invalid_idempotency_key_is_refused(http: httpx2.Client, name: str) -> None:
    headers = {"idempotency-key": name}
    answer = http.post(GENERATIONS, json={"prompt": "x"}, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "Idempotency-Key"


def test_a_repeated_form_is_recognised_with_another_boundary(
    server: Server, http: httpx2.Client
) -> None:
    prompt, headers = new_prompt(), named()
    files = {"image": ("a.png", photo(512, 512), "image/png")}
    other = {"image": ("a.png", photo(640, 512), "image/png")}
    first, later = (
        http.post(EDITS, data={"prompt": prompt}, files=files, headers=headers) for _ in range(2)
    )
    assert first.status_code == 200, first.text
    assert later.json() == first.json()
    assert (
        http.post(EDITS, data={"prompt": prompt}, files=other, headers=headers).status_code == 422
    )
    assert len(server.calls(prompt, http)) == 1


def test_a_retried_stream_is_replayed(server: Server, http: httpx2.Client) -> None:
    prompt, headers = new_prompt(), named()
    body = {"prompt": prompt, "stream": True}
    first, later = (http.post(GENERATIONS, json=body, headers=headers) for _ in range(2))
    assert "image_generation.completed" in first.text
    assert later.text.partition("b64_json")[2] == first.text.partition("b64_json")[2]
    assert len(server.calls(prompt, http)) == 1


def test_an_unbilled_failure_may_be_retried_with_its_idempotency_key(
    server: Server, http: httpx2.Client
) -> None:
    prompt, headers = new_prompt("[stand-in error 3040]"), named()
    for _ in range(2):
        answer = http.post(GENERATIONS, json={"prompt": prompt}, headers=headers)
        assert answer.status_code == 429
        assert "idempotent-replayed" not in answer.headers
    assert len(server.calls(prompt, http)) == 2


def test_a_failure_that_may_have_been_billed_is_not_retried(
    server: Server, http: httpx2.Client
) -> None:
    prompt, headers = new_prompt("[stand-in garbage]"), named()
    first, later = (
        http.post(GENERATIONS, json={"prompt": prompt}, headers=headers) for _ in range(2)
    )
    assert first.status_code == later.status_code == 502
    assert later.json() == first.json()
    assert later.headers["idempotent-replayed"] == "true"
    assert len(server.calls(prompt, http)) == 1


def retry(count: int) -> dict[str, str]:
    return {"x-stainless-retry-count": str(count)}


def test_each_of_two_identical_requests_receives_its_own_image_after_a_retry(
    server: Server, http: httpx2.Client
) -> None:
    prompt = new_prompt("[stand-in delay 6000]")

    def ask(seconds: float) -> str | None:
        with openai.OpenAI(
            base_url=f"{server.url}/v1", api_key="any", timeout=seconds, max_retries=9
        ) as sdk:
            [image] = sdk.images.generate(prompt=prompt).data or []
            return image.url

    with ThreadPoolExecutor() as pool:
        # Long enough that the first try begins before it: what never began cannot be retried.
        patient, hasty = pool.submit(ask, 60), pool.submit(ask, 3)
        urls = {patient.result(), hasty.result()}
    assert len(urls) == 2
    assert len(server.calls(prompt, http)) == 2


def test_a_retry_of_an_sdk_is_recognised(server: Server, http: httpx2.Client) -> None:
    body = {"prompt": new_prompt()}
    first = http.post(GENERATIONS, json=body, headers=retry(0))
    again = http.post(GENERATIONS, json=body, headers=retry(1))
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len(server.calls(body["prompt"], http)) == 1


def test_two_identical_requests_without_an_idempotency_key_are_both_carried_out(
    server: Server, http: httpx2.Client
) -> None:
    body = {"prompt": new_prompt()}
    first, second = (http.post(GENERATIONS, json=body, headers=retry(0)) for _ in range(2))
    assert first.json() != second.json()
    assert len(server.calls(body["prompt"], http)) == 2


def test_a_client_that_disconnected_receives_the_image_when_it_retries(
    server: Server, http: httpx2.Client
) -> None:
    prompt = new_prompt("[stand-in delay 1500]")
    # It hangs up after a second, and tries again by itself.
    with openai.OpenAI(
        base_url=f"{server.url}/v1", api_key="any", timeout=1.0, max_retries=9
    ) as sdk:
        images = sdk.images.generate(prompt=prompt)
    assert images.data
    assert len(server.calls(prompt, http)) == 1
