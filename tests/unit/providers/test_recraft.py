"""Recraft: the calls that the provider makes and the results that it reads."""

from typing import Any

import pytest

from easel.errors import (
    ContentRefusedError,
    CredentialRefusedError,
    EaselError,
    EmptyResultError,
    InvalidValueError,
    MissingParameterError,
    ModelGoneError,
    ProviderError,
    QuotaExhaustedError,
    RateLimitedError,
    UnsupportedParameterError,
)
from easel.platform.buffers import Attachment
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers.protocol import Attempt, Picture, Result
from easel.providers.recraft import RecraftOptions, generate
from support.services import Bytes

BASE = {"RECRAFT_BASE_URL": "https://api.example/v1"}
IMAGE = Attachment(Bytes(b"image"), "data_url", "image/png")
MASK = Attachment(Bytes(b"mask"), "data_url", "image/png")
MODEL = RecraftOptions()
URL = "https://img.example/a.webp"


def attempt(**more: Any) -> Attempt:
    given = {"model": "recraftv3", "prompt": "a fox", "parameters": {}, "options": MODEL, **more}
    return Attempt(**given, base_urls=BASE)


def edit(model: str = "recraftv3", **parameters: Any) -> Attempt:
    return attempt(model=model, task="edit", parameters={"image_url": IMAGE, **parameters})


def call_of(one: Attempt) -> HttpCall:
    step = next(generate(one))
    assert isinstance(step, HttpCall)
    return step


def finish(body: Any, status: int = 200) -> Result:
    run = generate(attempt())
    next(run)
    with pytest.raises(StopIteration) as finished:
        run.send(HttpAnswer(status, {}, body))
    result: Result = finished.value.value
    return result


def test_a_generation_is_sent_as_json_with_recrafts_names() -> None:
    one = attempt(count=3, parameters={"random_seed": 7, "output_format": "png", "size": "1x1"})
    assert call_of(one) == HttpCall(
        "POST",
        "https://api.example/v1/images/generations",
        body={
            "model": "recraftv3",
            "prompt": "a fox",
            "n": 3,
            "random_seed": 7,
            "image_format": "png",
            "size": "1x1",
            "response_format": "url",
        },
    )


def test_an_aspect_ratio_is_sent_as_size() -> None:
    body = call_of(attempt(parameters={"aspect_ratio": "16:9"})).body or {}
    assert body["size"] == "16:9"
    assert "aspect_ratio" not in body


def test_an_edit_sends_a_strength_and_no_size() -> None:
    call = call_of(edit(strength=0.3, size="1024x1024"))
    assert call.url.endswith("/images/imageToImage")
    assert call.body == {
        "model": "recraftv3",
        "prompt": "a fox",
        "n": 1,
        "image_url": IMAGE,
        "strength": 0.3,
        "response_format": "url",
    }


def test_an_edit_with_a_mask_is_sent_to_inpaint() -> None:
    call = call_of(edit(mask_url=MASK))
    assert call.url.endswith("/images/inpaint")
    assert (call.body or {})["mask_url"] == MASK


@pytest.mark.parametrize(
    ("one", "error", "param"),
    [
        (edit(), MissingParameterError, "strength"),
        (edit(mask_url=MASK, strength=0.3), UnsupportedParameterError, "strength"),
        (edit(strength=0.3, aspect_ratio="1:1"), InvalidValueError, "aspect_ratio"),
    ],
)
def test_an_edit_with_missing_or_conflicting_parameters_is_refused_before_the_call(
    one: Attempt, error: type[EaselError], param: str
) -> None:
    with pytest.raises(error) as caught:
        next(generate(one))
    assert (caught.value.param, caught.value.billed) == (param, False)


def test_another_service_is_sent_only_an_image() -> None:
    one = attempt(
        task="edit",
        parameters={"image_url": IMAGE},
        options=RecraftOptions(path="/images/vectorize"),
    )
    call = call_of(one)
    assert call.url == "https://api.example/v1/images/vectorize"
    assert call.body == {"image_url": IMAGE, "response_format": "url"}


def test_models_return_a_list_of_images_with_optional_revised_prompts() -> None:
    data = [{"image_id": "1", "url": URL, "revised_prompt": "a red fox"}, {"url": f"{URL}?2"}]
    assert finish({"data": data}) == Result(
        [Picture(URL, revised_prompt="a red fox"), Picture(f"{URL}?2")]
    )


def test_another_service_returns_one_image() -> None:
    assert finish({"image": {"image_id": "1", "url": URL}}) == Result([Picture(URL)])


@pytest.mark.parametrize(
    ("reported", "charged"),
    [
        ({"credits": 40}, 0.04),
        ({"credits": 0}, 0),
        ({"credits": None}, None),
        ({"credits": True}, None),
        ({"credits": "40"}, None),
        ({}, None),
    ],
)
def test_a_credit_costs_a_thousandth_of_a_dollar(
    reported: dict[str, Any], charged: float | None
) -> None:
    assert finish({"data": [{"url": URL}], **reported}).usd == charged


@pytest.mark.parametrize(
    "body", [{}, {"data": []}, {"data": [{}]}, {"data": [7]}, {"image": None}, {"data": "x"}]
)
def test_a_success_without_an_image_is_an_error(body: Any) -> None:
    with pytest.raises(EmptyResultError):
        finish(body)


@pytest.mark.parametrize(
    ("status", "body", "means"),
    [
        (401, "request unauthorized", CredentialRefusedError),
        (404, "404 page not found", ProviderError),
        (404, {"code": "model_not_found", "message": "no such model"}, ModelGoneError),
        (400, "not enough credits", QuotaExhaustedError),
        (400, {"code": "api_units_balance", "message": "too low"}, QuotaExhaustedError),
        (400, {"code": "x", "message": "not enough credits is no model"}, InvalidValueError),
        (403, "insufficient balance", QuotaExhaustedError),
        (402, "", QuotaExhaustedError),
        (
            400,
            {"code": "x", "message": "the prompt was blocked by moderation"},
            ContentRefusedError,
        ),
        (400, {"code": "invalid_size", "message": "no such size"}, InvalidValueError),
        (429, "too many requests", RateLimitedError),
        (500, {"code": "x", "message": "credits could not be counted"}, ProviderError),
    ],
)
def test_failures_become_the_errors_that_their_status_and_message_demand(
    status: int, body: Any, means: type[EaselError]
) -> None:
    with pytest.raises(means) as caught:
        finish(body, status)
    assert type(caught.value) is means


def test_an_unknown_path_is_not_billed() -> None:
    with pytest.raises(ProviderError) as caught:
        finish("404 page not found", 404)
    assert not caught.value.billed
