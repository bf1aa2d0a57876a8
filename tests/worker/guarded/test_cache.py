"""The cache option: an image that is already stored is not generated again."""

import asyncio

import httpx2
import pytest

from support.guarded import KEYS, shown
from support.pictures import photo
from support.server import Server, key_of, new_prompt

GENERATIONS = "/v1/images/generations"


def ask(http: httpx2.Client, /, **body: object) -> httpx2.Response:
    return ask_with(KEYS.cached, http, body)


def ask_with(key: str, http: httpx2.Client, body: dict[str, object]) -> httpx2.Response:
    answer = http.post(GENERATIONS, json=body, headers=shown(key))
    assert answer.status_code == 200, answer.text
    return answer


def test_a_cached_image_is_generated_once(guarded_server: Server, guarded: httpx2.Client) -> None:
    prompt = new_prompt()
    first, later = (ask(guarded, prompt=prompt, seed=7, cache=True) for _ in range(2))
    assert first.headers["x-easel-cache"] == "miss"
    assert first.headers["x-easel-cost-usd"] == "0.0006336"
    assert later.headers["x-easel-cache"] == "hit"
    assert later.headers["x-easel-cost-usd"] == "0"
    assert later.headers["x-easel-seed"] == "7"
    assert later.json()["data"] == first.json()["data"]
    assert len(guarded_server.calls(prompt, guarded, shown(KEYS.plain))) == 1


def test_a_cached_image_is_returned_as_base64(guarded: httpx2.Client) -> None:
    prompt = new_prompt()
    form = {"response_format": "b64_json"}
    first = ask(guarded, prompt=prompt, seed=7, cache=True, **form)
    later = ask(guarded, prompt=prompt, seed=7, cache=True, **form)
    assert later.headers["x-easel-cache"] == "hit"
    assert later.json()["data"] == first.json()["data"]


def test_concurrent_identical_requests_make_one_provider_call(
    guarded_server: Server, guarded: httpx2.Client
) -> None:
    prompt = new_prompt("[stand-in delay 500]")
    body = {"prompt": prompt, "seed": 7, "cache": True}

    async def ask_at_once() -> list[httpx2.Response]:
        async with httpx2.AsyncClient(base_url=guarded_server.url, timeout=60) as client:
            posts = (
                client.post(GENERATIONS, json=body, headers=shown(KEYS.cached)) for _ in range(8)
            )
            return await asyncio.gather(*posts)

    answers = asyncio.run(ask_at_once())
    assert sorted(answer.headers["x-easel-cache"] for answer in answers) == ["hit"] * 7 + ["miss"]
    assert len({answer.json()["data"][0]["url"] for answer in answers}) == 1
    assert len(guarded_server.calls(prompt, guarded, shown(KEYS.plain))) == 1


def test_only_images_that_are_not_cached_are_generated(
    guarded_server: Server, guarded: httpx2.Client
) -> None:
    prompt = new_prompt()
    one = ask(guarded, prompt=prompt, seed=8, cache=True)
    three = ask(guarded, prompt=prompt, seed=7, n=3, cache=True)
    assert three.headers["x-easel-seed"] == "7,8,9"
    assert three.json()["data"][1] == one.json()["data"][0]
    assert three.headers["x-easel-cache"] == "miss"
    assert three.headers["x-easel-cost-usd"] == "0.0012672"
    assert len(guarded_server.calls(prompt, guarded, shown(KEYS.plain))) == 3


@pytest.mark.parametrize(
    "change",
    [{"seed": 9}, {"steps": 5}, {"size": "512x512"}, {"output_format": "png"}, {"prompt": "other"}],
    ids=str,
)
def test_a_different_request_is_carried_out(
    guarded: httpx2.Client, change: dict[str, object]
) -> None:
    body: dict[str, object] = {"prompt": new_prompt(), "seed": 7, "cache": True}
    ask(guarded, **body)
    assert ask(guarded, **{**body, **change}).headers["x-easel-cache"] == "miss"


def test_without_a_seed_or_the_cache_option_every_image_is_new(guarded: httpx2.Client) -> None:
    prompt = new_prompt()
    ask(guarded, prompt=prompt, seed=7, cache=True)
    assert "x-easel-cache" not in ask(guarded, prompt=prompt, seed=7).headers
    assert "x-easel-cache" not in ask(guarded, prompt=prompt, cache=True).headers


def test_the_prefer_header_requests_a_background_job_too(guarded: httpx2.Client) -> None:
    body = {"prompt": new_prompt(), "seed": 7}
    headers = shown(KEYS.cached, **{"x-easel-cache": "true"})
    states = [
        guarded.post(GENERATIONS, json=body, headers=headers).headers["x-easel-cache"]
        for _ in range(2)
    ]
    assert states == ["miss", "hit"]


def test_another_keys_images_are_not_used(guarded: httpx2.Client) -> None:
    prompt = new_prompt()
    ask(guarded, prompt=prompt, seed=7, cache=True)
    other = ask_with(KEYS.other, guarded, {"prompt": prompt, "seed": 7, "cache": True})
    assert other.headers["x-easel-cache"] == "miss"


def test_a_cached_image_that_was_deleted_is_generated_again(guarded: httpx2.Client) -> None:
    prompt = new_prompt()
    first = ask(guarded, prompt=prompt, seed=7, cache=True)
    name = key_of(first.json()["data"][0]["url"]).rpartition("/")[2].partition(".")[0]
    gone = guarded.delete(f"/v1/images/{name}", headers=shown(KEYS.cached))
    assert gone.status_code == 200, gone.text
    again = ask(guarded, prompt=prompt, seed=7, cache=True)
    assert again.headers["x-easel-cache"] == "miss"
    assert again.json()["data"] != first.json()["data"]


def test_edits_are_the_same_only_with_the_same_image(guarded: httpx2.Client) -> None:
    fields = {"prompt": new_prompt(), "seed": "7", "cache": "true"}
    states = []
    for width in (512, 512, 640):
        files = {"image": ("a.png", photo(width, 512), "image/png")}
        answer = guarded.post(
            "/v1/images/edits", data=fields, files=files, headers=shown(KEYS.cached)
        )
        assert answer.status_code == 200, answer.text
        states.append(answer.headers["x-easel-cache"])
    assert states == ["miss", "hit", "miss"]
