"""A request is executed at most once, within its budget."""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from easel.app import handle
from easel.ledger.usage import total_usage
from easel.platform.calls import CallFailure, HttpAnswer, HttpCall, UpstreamFailure
from easel.platform.http import Response
from easel.platform.web import UrlAnswer, UrlFailure
from easel.settings.api_keys import read_keys
from easel.settings.settings import Settings
from support.services import Bytes, FakeServices, Text, image_bytes, request, text_of, wait_for

SCHNELL = "@cf/black-forest-labs/flux-1-schnell"
LUCID = "@cf/leonardo/lucid-origin"
KEY = "first-key-4c9f1e7a"


def ask(
    fake: FakeServices, path: str = "/v1/images/generations", name: str = "", **fields: Any
) -> Response:
    headers = {"idempotency-key": name} if name else {}
    body = json.dumps(fields).encode()
    response: Response = wait_for(
        handle(request(path=path, body=body, headers=headers), fake.services())
    )
    return response


def code_of(response: Response) -> str:
    code: str = json.loads(text_of(response))["error"]["code"]
    return code


def used(fake: FakeServices) -> Mapping[str, tuple[int, int, int, int, int]]:
    totals = total_usage(fake.ledger.database, "2026-11-01", "2026-12-31", "model")
    return {
        one.name: (one.requests, one.images, one.errors, one.nanodollars, one.unpriced)
        for one in totals
    }


def test_generated_images_are_counted_with_their_price() -> None:
    fake = FakeServices()
    ask(fake, prompt="x", n=2)
    assert used(fake) == {SCHNELL: (1, 2, 0, 1_267_200, 0)}


def test_an_unbilled_failure_is_counted_as_an_error() -> None:
    fake = FakeServices(answer=UpstreamFailure("3040: out of capacity"))
    ask(fake, prompt="x")
    assert used(fake) == {SCHNELL: (1, 0, 1, 0, 0)}


def test_a_failure_that_may_be_billed_is_counted_as_charged() -> None:
    fake = FakeServices(answer=Bytes(b"no image"))
    response = ask(fake, prompt="x")
    assert response.status == 502
    assert used(fake) == {SCHNELL: (1, 0, 1, 633_600, 0)}


def test_a_model_without_a_price_is_counted_as_unpriced() -> None:
    fake = FakeServices()
    model = "@cf/stabilityai/stable-diffusion-xl-base-1.0"
    fake.answer = Bytes(image_bytes())
    ask(fake, prompt="x", model=model)
    assert used(fake) == {model: (1, 1, 0, 0, 1)}


def test_no_provider_is_called_beyond_the_budget() -> None:
    fake = FakeServices(settings=Settings(allow_anonymous=True, budget_images_per_day=1))
    assert ask(fake, prompt="x").status == 200
    refused = ask(fake, prompt="x")
    assert (refused.status, code_of(refused)) == (429, "insufficient_quota")
    assert len(fake.calls) == 1


def test_a_model_over_the_budget_is_skipped_for_a_cheaper_one_of_the_chain() -> None:
    settings = Settings(allow_anonymous=True, budget_usd_per_day=0.001)
    fake = FakeServices(settings=settings)
    response = ask(fake, prompt="x", model=f"{LUCID},{SCHNELL}")
    assert response.headers["x-easel-model"] == SCHNELL
    assert [call.model for call in fake.calls] == [SCHNELL]


def test_a_fallback_model_must_fit_into_the_budget() -> None:
    keys = '{"alice": {"key": "first-key-4c9f1e7a", "budget_usd_per_day": 0.0005}}'
    settings = Settings(
        easel_api_keys=read_keys("EASEL_API_KEYS", keys),
    )
    fake = FakeServices(settings=settings)
    headers = {"authorization": f"Bearer {KEY}"}
    models = "@cf/bytedance/stable-diffusion-xl-lightning," + SCHNELL
    fake.answer = UpstreamFailure("3040: out of capacity")
    body = json.dumps({"prompt": "x", "model": models}).encode()
    response = wait_for(handle(request(body=body, headers=headers), fake.services()))
    assert [call.model for call in fake.calls].count(SCHNELL) == 0
    assert (response.status, code_of(response)) == (429, "insufficient_quota")


def test_no_provider_is_called_if_the_ledger_is_unreachable() -> None:
    fake = FakeServices()
    fake.ledger.fails = True
    response = ask(fake, prompt="x")
    assert (response.status, code_of(response)) == (503, "ledger_error")
    assert fake.calls == []


def test_an_image_is_delivered_although_the_ledger_fails_afterwards() -> None:
    fake = FakeServices()

    def answer(_inputs: object) -> Any:
        fake.ledger.fails = True
        return Bytes(image_bytes())

    fake.answer = answer
    assert ask(fake, prompt="x", model=LUCID).status == 200
    assert len(fake.bucket.objects) == 1


def test_images_paid_by_the_callers_credential_do_not_count_against_the_budget() -> None:
    settings = Settings(allow_caller_credentials=True, budget_images_per_day=0)

    def http(_call: HttpCall) -> HttpAnswer:
        return HttpAnswer(200, {}, {"data": [{"url": "https://img.example.com/a.jpg"}]})

    web: Mapping[str, UrlAnswer | UrlFailure] = {
        "https://img.example.com/a.jpg": UrlAnswer(200, body=Bytes(image_bytes()))
    }
    fake = FakeServices(settings=settings, http=http, web=web)
    body = {"prompt": "x", "model": "together/black-forest-labs/FLUX.1-schnell"}
    headers = {"authorization": "Bearer together:mine"}
    http_request = request(body=json.dumps(body).encode(), headers=headers)
    response = wait_for(handle(http_request, fake.services()))
    assert response.status == 200, text_of(response)
    assert used(fake) == {body["model"]: (1, 1, 0, 0, 0)}


def test_a_repeated_request_is_answered_although_its_input_url_is_gone() -> None:
    url = "https://img.example.com/in.png"
    fake = FakeServices(web={url: UrlAnswer(200, body=Bytes(image_bytes("png", 512, 512)))})
    fields = {"prompt": "x", "images": [{"image_url": url}]}
    first = ask(fake, "/v1/images/edits", "name", **fields)
    assert first.status == 200, text_of(first)
    fake.web = {url: UrlAnswer(404)}
    repeated = ask(fake, "/v1/images/edits", "name", **fields)
    assert text_of(repeated) == text_of(first)
    assert repeated.headers["idempotent-replayed"] == "true"
    assert ask(fake, "/v1/images/edits", "other", **fields).status == 400


def test_a_repeated_request_waits_for_the_first_and_then_asks_the_client_to_retry() -> None:
    fake = FakeServices()
    first = asyncio.Event()

    async def both() -> Response:
        async def slowly(_call: object) -> Any:
            await first.wait()
            return {"image": Text(base64.b64encode(image_bytes()).decode())}

        services = replace(fake.services(), run_model=slowly)
        body = json.dumps({"prompt": "x"}).encode()
        headers = {"idempotency-key": "a"}
        running = asyncio.ensure_future(handle(request(body=body, headers=headers), services))
        # Until the first request has begun.
        while "begin" not in fake.ledger.operations:
            await asyncio.sleep(0)
        fake.ledger.database.query("UPDATE requests SET lease = 1e12")
        answer = await handle(request(body=body, headers=headers), fake.services())
        first.set()
        await running
        return answer

    answer = wait_for(both())
    assert (answer.status, code_of(answer)) == (409, "request_in_progress")
    assert int(answer.headers["retry-after"]) > 0
    assert "x-should-retry" not in answer.headers
    assert sum(fake.slept) >= 60


def test_a_repeated_request_for_a_deleted_image_is_answered_with_410() -> None:
    fake = FakeServices()
    fields = {"prompt": "x", "response_format": "b64_json"}
    assert ask(fake, name="a", **fields).status == 200
    fake.bucket.objects.clear()
    repeated = ask(fake, name="a", **fields)
    assert (repeated.status, code_of(repeated)) == (410, "image_gone")
    assert len(fake.calls) == 1


@pytest.mark.parametrize("is_limited", [True, False])
def test_anonymous_callers_are_rate_limited_by_ip_address(is_limited: bool) -> None:
    fake = FakeServices(rate_limited={"address 192.0.2.1"} if is_limited else set())
    body = json.dumps({"prompt": "x"}).encode()
    headers = {"cf-connecting-ip": "192.0.2.1"}
    response = wait_for(handle(request(body=body, headers=headers), fake.services()))
    assert response.status == (429 if is_limited else 200)
    assert fake.rate_limit_checks == [("address 192.0.2.1", "requests")]


def test_a_client_that_disconnected_gets_the_outcome_when_it_retries() -> None:
    settings = Settings(allow_anonymous=True, secrets={"OPENAI_API_KEY": ("k",)})
    fake = FakeServices(settings=settings)

    def http(_call: HttpCall) -> Exception:
        fake.client_left = True
        return CallFailure("left", "AbortError")

    fake.http = http
    fields = {"prompt": "x", "model": "openai/gpt-image-2"}
    first = ask(fake, name="a", **fields)
    assert code_of(first) == "client_left"
    fake.client_left = False
    repeated = ask(fake, name="a", **fields)
    assert (repeated.status, code_of(repeated)) == (500, "outcome_unknown")
    assert len(fake.http_calls) == 1


def test_after_a_bug_the_request_is_not_executed_again_and_its_hold_counts_as_spent() -> None:
    fake = FakeServices()

    async def crash(*_: object) -> Any:
        raise RuntimeError("a bug")

    image = base64.b64encode(image_bytes("png", 1024, 1024)).decode()
    body = json.dumps({"prompt": "x", "image": image}).encode()
    http_request = request(path="/v1/images/edits", body=body, headers={"idempotency-key": "a"})
    first = wait_for(handle(http_request, replace(fake.services(), transform=crash)))
    assert (first.status, first.headers["x-should-retry"]) == (500, "false")
    repeated = wait_for(handle(http_request, fake.services()))
    assert (repeated.status, code_of(repeated)) == (500, "outcome_unknown")
    assert fake.calls == []
    [(requests, images, errors, nanodollars, _)] = used(fake).values()
    assert (requests, images, errors) == (1, 0, 1)
    assert nanodollars > 0
