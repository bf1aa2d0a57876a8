"""Streamed answers, as the SDKs and a bare client see them."""

import base64
import time

import httpx2
import openai
import pytest

from support.pictures import photo, picture
from support.server import Server, new_prompt

ROUTE = "/v1/images/generations"
SCHNELL = "@cf/black-forest-labs/flux-1-schnell"


def test_the_sdk_streams_a_generation(sdk: openai.OpenAI) -> None:
    events = list(sdk.images.generate(prompt="x", model=SCHNELL, stream=True, partial_images=2))
    (event,) = events
    assert event.type == "image_generation.completed"
    assert picture(base64.b64decode(event.b64_json)).size == (1024, 1024)
    assert (event.size, event.output_format) == ("1024x1024", "jpeg")


def test_the_sdk_streams_an_edit(sdk: openai.OpenAI) -> None:
    stream = sdk.images.edit(prompt="x", image=photo(64, 64), size="512x512", stream=True)
    (event,) = list(stream)
    assert event.type == "image_edit.completed"
    assert picture(base64.b64decode(event.b64_json)).size == (512, 512)
    assert event.size == "auto"


def test_a_streamed_image_is_stored(http: httpx2.Client) -> None:
    with http.stream("POST", ROUTE, json={"prompt": "x", "stream": True}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        text = response.read().decode()
    url = text.partition('"url":"')[2].partition('"')[0]
    encoded = text.partition('"b64_json":"')[2].partition('"')[0]
    assert http.get(url).content == base64.b64decode(encoded)


def test_failures_before_the_first_byte_have_their_own_status(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.images.generate(prompt="[stand-in error nsfw-input]", model=SCHNELL, stream=True)
    assert caught.value.code == "content_policy_violation"


def test_only_one_image_can_be_streamed(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="n=1"):
        sdk.images.generate(prompt="x", model=SCHNELL, stream=True, n=2)


@pytest.fixture
def hasty_sdk(owned_server: Server) -> openai.OpenAI:
    """An SDK for the server whose heart beats five times a second."""
    return openai.OpenAI(
        base_url=f"{owned_server.url}/v1", api_key="first-key-4c9f1e7a", max_retries=0
    )


def test_heartbeats_come_while_the_model_works(owned_server: Server) -> None:
    body = {"prompt": "x [stand-in delay 1500]", "model": SCHNELL, "stream": True}
    headers = {"authorization": "Bearer first-key-4c9f1e7a"}
    with (
        owned_server.client() as http,
        http.stream("POST", ROUTE, json=body, headers=headers) as response,
    ):
        pieces = list(response.iter_text())
    # The first arrives by itself, and not at the end with the image.
    assert "event:" not in pieces[0]
    pings, event, rest = "".join(pieces).partition("event: image_generation.completed\n")
    assert pings == ": ping\n\n" * pings.count("ping")
    assert pings.count("ping") >= 3
    assert event
    assert rest.endswith("\n\n")


def test_the_sdk_understands_heartbeats(hasty_sdk: openai.OpenAI) -> None:
    prompt = "x [stand-in delay 1000]"
    with hasty_sdk as sdk:
        events = list(sdk.images.generate(prompt=prompt, model=SCHNELL, stream=True))
    assert [event.type for event in events] == ["image_generation.completed"]


def test_the_sdk_understands_a_failure_in_the_stream(hasty_sdk: openai.OpenAI) -> None:
    prompt = "x [stand-in delay 1000] [stand-in error 3040]"
    with hasty_sdk as sdk, pytest.raises(openai.APIError) as caught:
        list(sdk.images.generate(prompt=prompt, model=SCHNELL, stream=True))
    assert caught.value.code == "rate_limit_exceeded"


def test_a_client_that_hangs_up_loses_nothing_and_breaks_nothing(owned_server: Server) -> None:
    prompt = new_prompt("[stand-in delay 1500]")
    body = {"prompt": prompt, "model": SCHNELL, "stream": True}
    headers = {"authorization": "Bearer first-key-4c9f1e7a"}
    with owned_server.client() as http:
        with http.stream("POST", ROUTE, json=body, headers=headers) as response:
            next(response.iter_text())
        deadline = time.monotonic() + 20
        while prompt not in {recipe["prompt"] for recipe in owned_server.recipes()}:
            assert time.monotonic() < deadline, "the image was not stored"
            http.get("/health")
    assert not any("Uncaught" in line and "easel" in line for line in owned_server.lines)
