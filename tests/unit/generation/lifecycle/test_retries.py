"""Retries of OpenAI's SDKs, which send no idempotency key, through the whole application."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from easel.app import handle
from easel.platform.calls import ModelCall, UpstreamFailure
from easel.platform.http import Response
from easel.settings.api_keys import read_keys
from easel.settings.settings import Settings
from support.services import FakeServices, Text, image_bytes, request, text_of, wait_for

KEY = "first-key-4c9f1e7a"
EDGE = {"cf-ray": "9e5d1c2b3a4f5e6d-FRA"}


def headers(retries: int, **more: str) -> dict[str, str]:
    return {"x-stainless-retry-count": str(retries), **more}


def ask(fake: FakeServices, retries: int, **more: str) -> Response:
    body = json.dumps({"prompt": "a fox"}).encode()
    http_request = request(body=body, headers=headers(retries, **more))
    response: Response = wait_for(handle(http_request, fake.services()))
    return response


def image_of(response: Response) -> str:
    assert response.status == 200, text_of(response)
    url: str = json.loads(text_of(response))["data"][0]["url"]
    return url


@pytest.mark.parametrize("edge", [EDGE, {}])
def test_a_retry_after_an_unbilled_failure_is_executed(edge: dict[str, str]) -> None:
    fake = FakeServices()
    others = image_of(ask(fake, 0, **edge))
    fake.answer = UpstreamFailure("3040: out of capacity")
    assert ask(fake, 0, **edge).status == 429
    fake.answer = None
    assert image_of(ask(fake, 1, **edge)) != others


@pytest.mark.parametrize("edge", [EDGE, {}])
def test_a_retry_after_the_rate_limit_of_its_key_is_executed(edge: dict[str, str]) -> None:
    keys = '{"ci": {"key": "first-key-4c9f1e7a", "requests_per_minute": 5}}'
    fake = FakeServices(settings=Settings(easel_api_keys=read_keys("EASEL_API_KEYS", keys)))
    shown = {"authorization": f"Bearer {KEY}", **edge}
    images = [image_of(ask(fake, 0, **shown)) for _ in range(5)]
    assert ask(fake, 0, **shown).status == 429
    fake.slept.append(60)
    images.append(image_of(ask(fake, 1, **shown)))
    assert len(set(images)) == 6


def test_a_retry_after_a_refusal_that_the_ledger_did_not_see_is_executed() -> None:
    fake = FakeServices()
    others = image_of(ask(fake, 0, **EDGE))
    fake.rate_limited = {"key anonymous ", "address "}
    assert ask(fake, 0, **EDGE).status == 429
    fake.rate_limited = set()
    assert image_of(ask(fake, 1, **EDGE)) != others
    assert len(fake.calls) == 2


def test_a_retry_gets_the_answer_that_its_disconnected_client_missed() -> None:
    fake = FakeServices()

    def disconnect(_inputs: object) -> Any:
        fake.client_left = True
        return {"image": Text(base64.b64encode(image_bytes()).decode())}

    fake.answer = disconnect
    ask(fake, 0, **EDGE)
    fake.client_left, fake.answer = False, None
    retried = ask(fake, 1, **EDGE)
    assert retried.headers["idempotent-replayed"] == "true"
    assert len(fake.calls) == 1


def test_a_retry_finds_the_answer_after_easel_was_killed() -> None:
    fake = FakeServices()
    first = image_of(ask(fake, 0, **EDGE))
    # Another isolate does not know what this one has delivered.
    fake.deliveries.take(1e12)
    fake.slept.append(5)
    assert image_of(ask(fake, 1, **EDGE)) == first
    assert len(fake.calls) == 1


def test_a_retry_gets_the_same_billed_failure_again() -> None:
    fake = FakeServices(answer={"image": Text("bm8gaW1hZ2U=")})
    assert ask(fake, 0).status == 502
    retried = ask(fake, 1)
    assert (retried.status, retried.headers["idempotent-replayed"]) == (502, "true")
    assert len(fake.calls) == 1


def both(
    fake: FakeServices, scene: Callable[[Callable[[int], Awaitable[Response]], list[Any]], Any]
) -> Any:
    """Play a scene in which the test decides when the model finishes each image."""
    images_in_progress: list[asyncio.Future[None]] = []

    async def run_model(_call: ModelCall) -> Any:
        images_in_progress.append(asyncio.get_running_loop().create_future())
        await images_in_progress[-1]
        return {"image": Text(base64.b64encode(image_bytes()).decode())}

    async def sleep(_seconds: float) -> None:
        await asyncio.sleep(0.001)

    services = replace(fake.services(), run_model=run_model, sleep=sleep)
    body = json.dumps({"prompt": "a fox"}).encode()

    def send(retries: int) -> Awaitable[Response]:
        http_request = request(body=body, headers=headers(retries))
        return asyncio.ensure_future(handle(http_request, services))

    return wait_for(scene(send, images_in_progress))


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("hung_up", [0, 1])
def test_a_retry_does_not_get_the_image_of_another_client_with_the_same_request(
    hung_up: int,
) -> None:
    fake = FakeServices()

    async def scene(
        send: Callable[[int], Awaitable[Response]], images_in_progress: list[Any]
    ) -> set[str]:
        first = [send(0), send(0)]
        await _until(lambda: len(images_in_progress) == 2)
        # easel does not notice that one of them has hung up.
        retry = send(1)
        await _until(lambda: fake.ledger.operations.count("begin") > 2)
        for image in images_in_progress:
            image.set_result(None)
        stayed, retried = await asyncio.gather(first[1 - hung_up], retry)
        assert len(images_in_progress) == 2
        return {image_of(stayed), image_of(retried)}

    assert len(both(fake, scene)) == 2


def test_a_retry_finds_the_running_request_that_its_client_left() -> None:
    fake = FakeServices()

    async def scene(
        send: Callable[[int], Awaitable[Response]], images_in_progress: list[Any]
    ) -> str:
        send(0)
        await _until(lambda: len(images_in_progress) == 1)
        retry = send(1)
        await _until(lambda: fake.ledger.operations.count("begin") > 1)
        images_in_progress[0].set_result(None)
        image = image_of(await retry)
        assert len(images_in_progress) == 1
        return image

    assert both(fake, scene)
