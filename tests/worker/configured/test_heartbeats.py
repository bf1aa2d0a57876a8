"""Heartbeats in a streamed answer, on a server that sends five a second."""

import httpx2
import openai
import pytest

from support.server import Server, new_prompt, wait_until

ROUTE = "/v1/images/generations"
SCHNELL = "@cf/black-forest-labs/flux-1-schnell"


@pytest.fixture
def sdk(owned_server: Server) -> openai.OpenAI:
    """The OpenAI SDK with the first key."""
    return openai.OpenAI(
        base_url=f"{owned_server.url}/v1", api_key="first-key-4c9f1e7a", max_retries=0
    )


def test_heartbeats_come_while_the_model_works(http: httpx2.Client) -> None:
    body = {"prompt": "x [stand-in delay 1500]", "model": SCHNELL, "stream": True}
    with http.stream("POST", ROUTE, json=body) as response:
        pieces = list(response.iter_text())
    # The first arrives by itself, and not at the end with the image.
    assert "event:" not in pieces[0]
    pings, event, rest = "".join(pieces).partition("event: image_generation.completed\n")
    assert pings == ": ping\n\n" * pings.count("ping")
    assert pings.count("ping") >= 3
    assert event
    assert rest.endswith("\n\n")


def test_the_sdk_understands_heartbeats(sdk: openai.OpenAI) -> None:
    prompt = "x [stand-in delay 1000]"
    with sdk as sdk:
        events = list(sdk.images.generate(prompt=prompt, model=SCHNELL, stream=True))
    assert [event.type for event in events] == ["image_generation.completed"]


def test_the_sdk_understands_a_failure_in_the_stream(sdk: openai.OpenAI) -> None:
    prompt = "x [stand-in delay 1000] [stand-in error 3040]"
    with sdk as sdk, pytest.raises(openai.APIError) as caught:
        list(sdk.images.generate(prompt=prompt, model=SCHNELL, stream=True))
    assert caught.value.code == "rate_limit_exceeded"


def test_an_image_is_stored_when_the_client_disconnects_during_a_stream(
    owned_server: Server, http: httpx2.Client
) -> None:
    prompt = new_prompt("[stand-in delay 1500]")
    body = {"prompt": prompt, "model": SCHNELL, "stream": True}
    with http.stream("POST", ROUTE, json=body) as response:
        next(response.iter_text())
    wait_until(lambda: prompt in {recipe["prompt"] for recipe in owned_server.recipes()})
    assert not any("Uncaught" in line and "easel" in line for line in owned_server.lines)
