"""A generation as a stream of server-sent events."""

import asyncio
import base64
import json

import pytest

from easel.api.http.generations import generate_images
from easel.errors import InvalidValueError, RateLimitedError
from easel.platform.buffers import Answer
from easel.platform.calls import Event, HttpAnswer, UpstreamFailure
from easel.platform.http import Response
from easel.settings.settings import Settings
from support.events import FakeEvents
from support.services import FakeServices, Text, image_bytes, request, wait_for

HASTY = Settings(allow_anonymous=True, heartbeat_seconds=0.01)


class Slow(FakeServices):
    """Services whose model answers only after several heartbeats."""

    async def _run_model(self, call: object) -> Answer:
        await asyncio.sleep(0.05)
        return await super()._run_model(call)  # type: ignore[arg-type]


def stream(fake: FakeServices, **fields: object) -> tuple[Response, str]:
    """Request a stream and read it to its end in the same event loop."""
    body = json.dumps({"prompt": "x", "stream": True, **fields}).encode()

    async def read() -> tuple[Response, str]:
        response = await generate_images(request(body=body), fake.services())
        assert not isinstance(response.body, str)
        parts = [part async for parts in response.body for part in parts]  # type: ignore[union-attr]
        text = "".join(
            part if isinstance(part, str) else base64.b64encode(image_bytes()).decode()
            for part in parts
        )
        return response, text

    result: tuple[Response, str] = wait_for(read())
    return result


def events(text: str) -> list[dict[str, object]]:
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    return [json.loads(block.partition("data: ")[2]) for block in blocks]


def test_a_finished_image_is_one_event_with_all_that_openai_requires() -> None:
    response, text = stream(FakeServices())
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert text.startswith("event: image_generation.completed\ndata: ")
    assert text.endswith("\n\n")
    (event,) = events(text)
    assert event.pop("b64_json") == base64.b64encode(image_bytes()).decode()
    assert str(event.pop("url")).startswith("https://easel.test/images/")
    assert event == {
        "type": "image_generation.completed",
        "created_at": 1795177800,
        "size": "1024x1024",
        "quality": "auto",
        "background": "opaque",
        "output_format": "jpeg",
        "usage": {
            "total_tokens": 0,
            "input_tokens": 0,
            "output_tokens": 0,
            "input_tokens_details": {"text_tokens": 0, "image_tokens": 0},
        },
    }


def test_a_size_outside_openais_schema_is_reported_as_auto() -> None:
    _, text = stream(FakeServices(), size="512x512")
    assert events(text)[0]["size"] == "auto"


def test_comments_keep_the_connection_alive_while_the_model_works() -> None:
    _, text = stream(Slow(settings=HASTY))
    assert text.startswith(": ping\n\n")
    assert len(events(text)) == 1


def test_an_error_after_the_first_byte_is_sent_as_an_event() -> None:
    _, text = stream(Slow(settings=HASTY, answer=UpstreamFailure("3040: busy")))
    last = text.split("\n\n")[-2]
    assert last.startswith("event: error\ndata: ")
    (event,) = events(text)
    assert event["type"] == "error"
    assert event["error"] == {
        "message": "Workers AI has no capacity at the moment. Try again shortly.",
        "type": "rate_limit_error",
        "param": None,
        "code": "rate_limit_exceeded",
    }


def test_a_bug_after_the_first_byte_is_sent_as_an_event_without_details() -> None:
    fake = Slow(settings=HASTY)
    fake.bucket.put = None  # type: ignore[assignment, method-assign]
    _, text = stream(fake)
    assert events(text)[0]["type"] == "error"
    assert "NoneType" not in text
    assert any("NoneType" in line for line in fake.lines)


def test_an_error_before_the_first_byte_is_an_ordinary_error_response() -> None:
    with pytest.raises(RateLimitedError):
        stream(FakeServices(answer=UpstreamFailure("3040: busy")))


def test_only_one_image_can_be_streamed() -> None:
    fake = FakeServices()
    with pytest.raises(InvalidValueError, match="n=1") as caught:
        stream(fake, n=2)
    assert caught.value.param == "n"
    assert fake.calls == []


def test_a_streamed_image_is_stored() -> None:
    fake = FakeServices()
    stream(fake)
    assert len(fake.bucket.objects) == 1


def test_the_image_is_stored_although_the_client_disconnects() -> None:
    fake = Slow(settings=HASTY)
    body = json.dumps({"prompt": "x", "stream": True}).encode()

    async def leave() -> None:
        response = await generate_images(request(body=body), fake.services())
        async for _ in response.body:  # type: ignore[union-attr]
            break

    wait_for(leave())
    assert len(fake.bucket.objects) == 1


def test_partial_images_are_sent_before_the_finished_image() -> None:
    def event(name: str, index: int) -> Event:
        kind = f"image_generation.{name}"
        image = Text(base64.b64encode(image_bytes()).decode())
        return Event(kind, {"type": kind, "b64_json": image, "partial_image_index": index})

    names = ("partial_image", "partial_image", "completed")
    sent = FakeEvents(*(event(name, index) for index, name in enumerate(names)))
    settings = Settings(allow_anonymous=True, secrets={"OPENAI_API_KEY": ("k",)})
    fake = FakeServices(settings=settings, http=lambda _call: HttpAnswer(200, {}, sent))
    _, text = stream(fake, model="openai/gpt-image-2", partial_images=2, quality="low")
    partial_events = events(text)
    assert [event["type"] for event in partial_events] == [
        "image_generation.partial_image",
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    assert [event.get("partial_image_index") for event in partial_events] == [0, 1, None]
    assert {event["quality"] for event in partial_events} == {"low"}
    assert len(fake.bucket.objects) == 1
