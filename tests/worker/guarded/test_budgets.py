"""Budgets and rate limits hold exactly under concurrent requests."""

import asyncio
from collections import Counter

import httpx2
import openai
import pytest

from support.guarded import KEYS, shown
from support.server import Server, new_prompt

GENERATIONS = "/v1/images/generations"


async def ask_at_once(server: Server, key: str, prompt: str, times: int) -> list[httpx2.Response]:
    async with httpx2.AsyncClient(base_url=server.url, timeout=60) as client:
        return await asyncio.gather(
            *(
                client.post(GENERATIONS, json={"prompt": prompt}, headers=shown(key))
                for _ in range(times)
            )
        )


@pytest.mark.parametrize("key", [KEYS.ten_images, KEYS.ten_prices], ids=["images", "dollars"])
def test_a_budget_for_ten_lets_ten_of_fifty_concurrent_requests_pass(
    guarded_server: Server, guarded: httpx2.Client, key: str
) -> None:
    prompt = new_prompt("[stand-in delay 200]")
    answers = asyncio.run(ask_at_once(guarded_server, key, prompt, 50))
    assert Counter(answer.status_code for answer in answers) == {200: 10, 429: 40}
    assert len(guarded_server.calls(prompt, guarded, shown(KEYS.plain))) == 10
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["error"]["code"] == "insufficient_quota"
    assert refused.json()["error"]["type"] == "insufficient_quota"
    assert "UTC" in refused.json()["error"]["message"]
    assert 0 < int(refused.headers["retry-after"]) <= 86400
    assert refused.headers["x-should-retry"] == "false"
    with openai.OpenAI(base_url=f"{guarded_server.url}/v1", api_key=key) as sdk:
        with pytest.raises(openai.RateLimitError) as caught:
            sdk.images.generate(prompt=prompt)
        assert caught.value.code == "insufficient_quota"


def test_a_key_over_its_rate_limit_receives_retry_after(guarded: httpx2.Client) -> None:
    answers = [
        guarded.post(GENERATIONS, json={"prompt": "x"}, headers=shown(KEYS.paced)) for _ in range(7)
    ]
    # A minute may begin on the way, and with it the count.
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 1 <= len(refused) <= 4
    assert refused[0].json()["error"]["code"] == "rate_limit_exceeded"
    assert 0 < int(refused[0].headers["retry-after"]) <= 60
    assert "x-should-retry" not in refused[0].headers


def test_a_retry_after_a_rate_limit_does_not_receive_another_requests_image(
    guarded: httpx2.Client,
) -> None:
    body = {"prompt": new_prompt()}

    def ask(retries: int) -> httpx2.Response:
        headers = shown(KEYS.single, **{"x-stainless-retry-count": str(retries)})
        return guarded.post(GENERATIONS, json=body, headers=headers)

    answers = [ask(0), ask(0), ask(1)]
    images = [answer.json()["data"][0]["url"] for answer in answers if answer.status_code == 200]
    # A minute may begin on the way, and with it the count.
    assert 1 <= len(images) < 3
    assert len(set(images)) == len(images)


def test_the_cost_is_reported_in_a_header(guarded: httpx2.Client) -> None:
    body = {"prompt": new_prompt(), "n": 2}
    answer = guarded.post(GENERATIONS, json=body, headers=shown(KEYS.plain))
    assert answer.headers["x-easel-cost-usd"] == "0.0012672"


def test_an_unknown_cost_is_not_reported(guarded: httpx2.Client) -> None:
    model = "@cf/stabilityai/stable-diffusion-xl-base-1.0"
    body = {"prompt": new_prompt(), "model": model}
    answer = guarded.post(GENERATIONS, json=body, headers=shown(KEYS.plain))
    assert answer.status_code == 200
    assert "x-easel-cost-usd" not in answer.headers
