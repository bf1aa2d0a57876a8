"""Partial images of OpenAI through easel."""

import base64
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

from fakes.server import Fake
from support.cases import reached
from support.gateway import new_token, sdk_for
from support.pictures import photo, picture
from support.server import Server, new_prompt

MODEL = "gpt-image-1.5"
_PATIENCE_SECONDS = 20


@pytest.fixture
def sdk(server: Server) -> Iterator[openai.OpenAI]:
    """The SDK with an account of its own at OpenAI."""
    with sdk_for(server, new_token("openai")) as client:
        yield client


def stream(sdk: openai.OpenAI, prompt: str, **more: Any) -> Any:
    return sdk.images.generate(model=MODEL, prompt=prompt, stream=True, **more)


def image_in(event: Any) -> bytes:
    return base64.b64decode(event.b64_json)


def recipes(server: Server, prompt: str) -> list[dict[str, str]]:
    return [recipe for recipe in server.recipes() if recipe["prompt"] == prompt]


def test_partial_images_come_before_the_finished_one(
    server: Server, openai_fake: Fake, http: httpx2.Client, sdk: openai.OpenAI
) -> None:
    prompt = new_prompt("[fake pace 100]")
    wish = {"size": "1024x1536", "quality": "high", "background": "transparent"}
    *partials, finished = stream(sdk, prompt, partial_images=3, **wish)

    (call,) = openai_fake.calls(prompt)
    assert reached(call) == {
        "model": MODEL,
        "prompt": prompt,
        "n": 1,
        "stream": True,
        "partial_images": 3,
        **wish,
    }
    assert {event.type for event in partials} == {"image_generation.partial_image"}
    assert [event.partial_image_index for event in partials] == [0, 1, 2]
    assert {picture(image_in(event)).size for event in partials} == {(1024, 1536)}
    assert len({event.b64_json for event in partials}) == 3

    assert finished.type == "image_generation.completed"
    assert {name: getattr(finished, name) for name in wish} == wish
    assert finished.output_format == "png"
    assert [image_in(finished)] == openai_fake.made(prompt)
    assert http.get(finished.url).content == image_in(finished)
    # What came before it is shown and not kept.
    assert len(recipes(server, prompt)) == 1


def test_usage_is_passed_on(sdk: openai.OpenAI) -> None:
    prompt = new_prompt()
    (event,) = stream(sdk, prompt)
    text = 1 + len(prompt) // 4
    assert event.usage.to_dict() == {
        "input_tokens": text,
        "input_tokens_details": {"text_tokens": text, "image_tokens": 0},
        "output_tokens": 1000,
        "total_tokens": text + 1000,
    }


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_requested_number_of_partial_images_is_sent(
    openai_fake: Fake, sdk: openai.OpenAI, count: int
) -> None:
    prompt = new_prompt()
    assert len(list(stream(sdk, prompt, partial_images=count))) == count + 1
    (call,) = openai_fake.calls(prompt)
    assert reached(call)["partial_images"] == count


def test_an_edit_is_streamed_too(
    openai_fake: Fake, http: httpx2.Client, sdk: openai.OpenAI
) -> None:
    prompt, image = new_prompt(), photo(300, 200, "jpeg")
    partial, finished = sdk.images.edit(
        model=MODEL,
        prompt=prompt,
        image=image,
        stream=True,
        partial_images=1,
        output_format="webp",
        output_compression=90,
    )
    (call,) = openai_fake.calls(prompt)
    assert call.path == "/v1/images/edits"
    assert dict(call.texts) == {
        "model": MODEL,
        "prompt": prompt,
        "n": "1",
        "stream": "true",
        "partial_images": "1",
        "output_format": "webp",
        "output_compression": "90",
    }
    assert [file.content for file in call.files] == [image]
    assert (partial.type, finished.type) == ("image_edit.partial_image", "image_edit.completed")
    assert (partial.output_format, picture(image_in(partial)).format) == ("webp", "WEBP")
    assert [image_in(finished)] == openai_fake.made(prompt)
    url: Any = finished.to_dict()["url"]
    assert http.get(url).content == image_in(finished)


def test_a_partial_image_is_sent_before_the_final_image_exists(
    openai_fake: Fake, sdk: openai.OpenAI
) -> None:
    prompt = new_prompt("[fake stall]")
    events = stream(sdk, prompt, partial_images=3)
    first = next(events)
    # OpenAI has sent one event and holds the connection; easel passed it on without more.
    assert not openai_fake.left(prompt).is_set()
    assert (first.type, first.partial_image_index) == ("image_generation.partial_image", 0)
    with pytest.raises(openai.APIError) as caught:
        list(events)
    assert caught.value.code == "upstream_timeout"
    assert openai_fake.left(prompt).wait(_PATIENCE_SECONDS)
    assert openai_fake.bought(prompt) == len(openai_fake.calls(prompt)) == 1


@pytest.mark.parametrize(
    ("directive", "code"), [("cut", "empty_result"), ("stream-error", "upstream_error")]
)
def test_a_stream_that_breaks_ends_in_an_error(
    server: Server, openai_fake: Fake, sdk: openai.OpenAI, directive: str, code: str
) -> None:
    prompt = new_prompt(f"[fake {directive}]")
    events = stream(sdk, prompt, partial_images=2)
    assert next(events).type == "image_generation.partial_image"
    with pytest.raises(openai.APIError) as caught:
        list(events)
    assert caught.value.code == code
    assert len(openai_fake.calls(prompt)) == 1
    assert recipes(server, prompt) == []


@pytest.mark.parametrize(
    ("directive", "code"), [("cut", "empty_result"), ("stream-error", "upstream_error")]
)
def test_a_stream_that_breaks_before_its_first_event_is_an_error_with_a_status(
    openai_fake: Fake, sdk: openai.OpenAI, directive: str, code: str
) -> None:
    prompt = new_prompt(f"[fake {directive}]")
    with pytest.raises(openai.InternalServerError) as caught:
        stream(sdk, prompt, partial_images=0)
    assert (caught.value.status_code, caught.value.code) == (502, code)
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert len(openai_fake.calls(prompt)) == 1


def test_a_stream_that_is_cut_off_in_an_event_is_an_error(
    openai_fake: Fake, sdk: openai.OpenAI
) -> None:
    prompt = new_prompt("[fake truncate]")
    with pytest.raises(openai.APIError) as caught:
        list(stream(sdk, prompt, partial_images=1))
    assert caught.value.code in ("upstream_error", "empty_result")
    assert len(openai_fake.calls(prompt)) == 1


@pytest.mark.parametrize(
    ("directive", "error", "code"),
    [
        ("error content", openai.BadRequestError, "moderation_blocked"),
        ("error quota", openai.RateLimitError, "insufficient_quota"),
        ("error crash", openai.InternalServerError, "upstream_error"),
        ("empty", openai.InternalServerError, "empty_result"),
    ],
)
def test_a_refusal_before_the_stream_has_its_own_status(
    sdk: openai.OpenAI, directive: str, error: type[openai.APIStatusError], code: str
) -> None:
    with pytest.raises(error) as caught:
        stream(sdk, new_prompt(f"[fake {directive}]"))
    assert caught.value.code == code


def test_a_late_failure_is_an_event_in_the_stream(sdk: openai.OpenAI) -> None:
    prompt = new_prompt("[fake delay 800] [fake error content]")
    events = stream(sdk, prompt)
    with pytest.raises(openai.APIError) as caught:
        list(events)
    assert caught.value.code == "moderation_blocked"


def test_a_model_without_partial_images_can_be_streamed(
    openai_fake: Fake, http: httpx2.Client, sdk: openai.OpenAI
) -> None:
    prompt = new_prompt()
    (event,) = sdk.images.generate(model="dall-e-3", prompt=prompt, stream=True, partial_images=2)
    (call,) = openai_fake.calls(prompt)
    assert not {"stream", "partial_images"} & set(reached(call))
    assert event.type == "image_generation.completed"
    url: Any = event.to_dict()["url"]
    assert http.get(url).content == image_in(event)


# --- Clients that leave in the middle


def leave_after_the_first_event(sdk: openai.OpenAI, prompt: str) -> None:
    with stream(sdk, prompt, partial_images=1) as events:
        assert next(iter(events)).type == "image_generation.partial_image"


def test_an_image_that_is_nearly_done_when_its_client_leaves_is_stored(
    server: Server, openai_fake: Fake, sdk: openai.OpenAI
) -> None:
    prompt = new_prompt("[fake pace 500]")
    leave_after_the_first_event(sdk, prompt)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not recipes(server, prompt):
        assert time.monotonic() < deadline, "the image was not stored"
    assert openai_fake.bought(prompt) == 1
    assert not openai_fake.left(prompt).is_set()


def test_a_download_that_takes_too_long_is_aborted(
    server: Server, openai_fake: Fake, sdk: openai.OpenAI
) -> None:
    prompt, before = new_prompt("[fake stall]"), len(server.lines)
    leave_after_the_first_event(sdk, prompt)
    assert openai_fake.left(prompt).wait(_PATIENCE_SECONDS)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    # The call ended because the client had left, not because its time was up.
    while not any("CallFailure('AbortError" in line for line in server.lines[before:]):
        assert time.monotonic() < deadline, server.lines[before:]
