"""Stability AI: the calls that the provider makes and the results that it reads."""

from typing import Any

import pytest

from easel.errors import (
    ContentRefusedError,
    EaselError,
    InvalidValueError,
    NotStartedError,
    ProviderError,
    QuotaExhaustedError,
    RateLimitedError,
)
from easel.platform.buffers import Attachment
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers.protocol import Attempt, Picture, Result
from easel.providers.stability import StabilityOptions, generate
from support.services import Bytes, image_bytes

IMAGE = Bytes(image_bytes("png", 8, 8))
INPUT = Attachment(IMAGE, "file", "image/png")
BASE = {"STABILITY_BASE_URL": "https://api.example"}


def attempt(path: str = "generate/sd3", **more: Any) -> Attempt:
    given: dict[str, Any] = {"model": "sd3.5-large", "prompt": "a fox", "parameters": {}, **more}
    return Attempt(**{"options": StabilityOptions(path=path), **given}, base_urls=BASE)


def call_of(one: Attempt) -> HttpCall:
    step = next(generate(one))
    assert isinstance(step, HttpCall)
    return step


def finish(answer: HttpAnswer) -> Result:
    run = generate(attempt())
    next(run)
    with pytest.raises(StopIteration) as finished:
        run.send(answer)
    result: Result = finished.value.value
    return result


def error_report(status: int, name: str, sentence: str) -> HttpAnswer:
    return HttpAnswer(status, {}, {"id": "1", "name": name, "errors": [sentence]})


def test_a_generation_is_sent_as_a_form_to_the_models_service() -> None:
    one = attempt(parameters={"aspect_ratio": "16:9", "cfg_scale": 4})
    assert call_of(one) == HttpCall(
        "POST",
        "https://api.example/v2beta/stable-image/generate/sd3",
        headers={"accept": "image/*"},
        body={"aspect_ratio": "16:9", "cfg_scale": 4, "prompt": "a fox", "model": "sd3.5-large"},
        encoding="form",
    )


def test_a_service_with_one_model_is_not_sent_its_name() -> None:
    assert call_of(attempt("generate/core")).body == {"prompt": "a fox"}


def test_an_edit_sends_the_mode_image_to_image() -> None:
    one = attempt(task="edit", parameters={"image": INPUT, "strength": 0.5})
    assert call_of(one).body == {
        "image": INPUT,
        "strength": 0.5,
        "prompt": "a fox",
        "model": "sd3.5-large",
        "mode": "image-to-image",
    }


def test_an_edit_refuses_an_aspect_ratio() -> None:
    one = attempt(task="edit", parameters={"image": INPUT, "aspect_ratio": "16:9"})
    with pytest.raises(InvalidValueError) as caught:
        next(generate(one))
    assert (caught.value.param, caught.value.billed) == ("aspect_ratio", False)


@pytest.mark.parametrize(
    "one",
    [
        attempt("edit/outpaint", task="edit", prompt="", parameters={"left": 9}),
        attempt(
            options=StabilityOptions(path="edit/erase", ignores_prompt=True),
            task="edit",
            parameters={"left": 9},
        ),
    ],
)
def test_an_empty_or_unsupported_prompt_is_not_sent(one: Attempt) -> None:
    assert call_of(one).body == {"left": 9}


def test_the_body_is_the_image_and_a_header_is_the_seed() -> None:
    assert finish(HttpAnswer(200, {"seed": "7"}, IMAGE)) == Result([Picture(IMAGE, seed=7)])


@pytest.mark.parametrize("headers", [{}, {"seed": ""}, {"seed": "none"}, {"seed": "9" * 5000}])
def test_a_missing_or_implausible_seed_is_unknown(headers: dict[str, str]) -> None:
    assert finish(HttpAnswer(200, headers, IMAGE)).pictures[0].seed is None


def test_a_blurred_image_is_refused_content_that_was_billed() -> None:
    with pytest.raises(ContentRefusedError) as caught:
        finish(HttpAnswer(200, {"finish-reason": "CONTENT_FILTERED"}, IMAGE))
    assert (caught.value.param, caught.value.billed) == ("prompt", True)


@pytest.mark.parametrize("body", ["<html>", {"image": "x"}, None])
def test_a_success_that_is_not_an_image_is_an_error(body: Any) -> None:
    with pytest.raises(ProviderError) as caught:
        finish(HttpAnswer(200, {}, body))
    assert caught.value.billed


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (
            error_report(402, "payment_required", "You lack sufficient credits."),
            QuotaExhaustedError,
        ),
        (error_report(403, "content_moderation", "It was flagged."), ContentRefusedError),
        (error_report(413, "payload_too_large", "body: is too large"), InvalidValueError),
        (error_report(422, "invalid_language", "English is the only language."), InvalidValueError),
        (error_report(429, "rate_limit_exceeded", "You exceeded the limit."), RateLimitedError),
        (error_report(500, "internal_error", "An unexpected error."), NotStartedError),
        (HttpAnswer(500, {}, "<html>"), ProviderError),
    ],
)
def test_failures_become_the_errors_that_their_status_and_name_demand(
    answer: HttpAnswer, means: type[EaselError]
) -> None:
    with pytest.raises(means) as caught:
        finish(answer)
    assert type(caught.value) is means


def test_a_rate_limit_lasts_a_minute() -> None:
    with pytest.raises(RateLimitedError) as caught:
        finish(error_report(429, "rate_limit_exceeded", "You have been timed out."))
    assert caught.value.retry_after == 60


@pytest.mark.parametrize(
    ("sentence", "param"),
    [("cfg_scale: must be at most 10", "cfg_scale"), ("Something is wrong: all of it", None)],
)
def test_the_parameter_at_fault_is_the_first_word_of_the_message(
    sentence: str, param: str | None
) -> None:
    with pytest.raises(InvalidValueError) as caught:
        finish(error_report(400, "bad_request", sentence))
    assert caught.value.param == param
