"""Streamed responses, read by the SDKs and by a plain client."""

import base64

import httpx2
import openai
import pytest

from support.pictures import photo, picture

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


def test_a_failure_before_the_first_byte_has_its_own_status(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.images.generate(prompt="[stand-in error nsfw-input]", model=SCHNELL, stream=True)
    assert caught.value.code == "content_policy_violation"


def test_only_one_image_can_be_streamed(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="n=1"):
        sdk.images.generate(prompt="x", model=SCHNELL, stream=True, n=2)
