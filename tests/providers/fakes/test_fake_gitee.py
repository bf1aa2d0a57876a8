"""The fake of Gitee AI, driven by OpenAI's SDK, as Gitee's documentation recommends."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

from fakes.server import Fake
from support.pictures import picture
from support.server import new_prompt

TURBO = "z-image-turbo"


def sdk_of(fake: Fake, key: str = "good") -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{fake.url}/v1",
        api_key=key,
        max_retries=0,
        _strict_response_validation=True,
    )


@pytest.fixture
def sdk(gitee: Fake) -> Iterator[openai.OpenAI]:
    with sdk_of(gitee) as client:
        yield client


def test_an_image_is_as_wide_and_high_as_asked(
    sdk: openai.OpenAI, gitee: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    own = {
        "width": 1024,
        "height": 576,
        "num_inference_steps": 9,
        "guidance_scale": 1.5,
        "negative_prompt": "rain",
        "seed": 7,
    }
    answer = sdk.images.generate(prompt=prompt, model=TURBO, response_format="url", extra_body=own)
    (image,) = answer.data or []
    assert picture(http.get(image.url or "").content).size == (1024, 576)
    assert gitee.bought(prompt) == len(gitee.downloads(prompt)) == 1


def test_an_image_can_be_returned_as_base64(sdk: openai.OpenAI) -> None:
    answer = sdk.images.generate(
        prompt=new_prompt(),
        model="Qwen-Image",
        response_format="b64_json",
        extra_body={"cfg_scale": 1},
    )
    (image,) = answer.data or []
    assert picture(base64.b64decode(image.b64_json or "")).size == (1024, 1024)


@pytest.mark.parametrize(
    ("model", "parameters", "code"),
    [
        (TURBO, {"size": "512x512"}, "unknown_parameter"),
        (TURBO, {"n": 1}, "unknown_parameter"),
        (TURBO, {"cfg_scale": 1}, "unknown_parameter"),
        (TURBO, {"num_inference_steps": 21}, "integer_above_max_value"),
        (TURBO, {"width": "512"}, "invalid_type"),
        (TURBO, {"width": 32}, "integer_below_min_value"),
        (TURBO, {"seed": None}, "invalid_type"),
        ("Qwen-Image", {"guidance_scale": 1}, "unknown_parameter"),
        ("Qwen-Image", {"num_inference_steps": 3}, "integer_below_min_value"),
        ("FLUX.1-dev", {"negative_prompt": "rain"}, "unknown_parameter"),
    ],
)
def test_an_invalid_parameter_is_refused(
    sdk: openai.OpenAI, model: str, parameters: dict[str, Any], code: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.images.generate(prompt=new_prompt(), model=model, extra_body=parameters)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("kind", "error", "status", "code"),
    [
        ("key", openai.AuthenticationError, 401, "invalid_api_key"),
        ("quota", openai.RateLimitError, 429, "quota_exceeded"),
        ("rate", openai.RateLimitError, 429, None),
        ("content", openai.BadRequestError, 400, "sensitive_content"),
        ("parameter", openai.BadRequestError, 400, "invalid_value"),
        ("model", openai.NotFoundError, 404, "model_not_found"),
        ("down", openai.InternalServerError, 503, None),
        ("crash", openai.InternalServerError, 500, None),
        ("busy", openai.InternalServerError, 502, None),
        ("slow", openai.InternalServerError, 504, None),
    ],
)
def test_the_sdk_maps_each_failure_to_its_class_and_code(
    sdk: openai.OpenAI,
    gitee: Fake,
    kind: str,
    error: type[openai.APIStatusError],
    status: int,
    code: str | None,
) -> None:
    prompt = new_prompt(f"[fake error {kind}]")
    with pytest.raises(error) as caught:
        sdk.images.generate(prompt=prompt, model=TURBO)
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert gitee.bought(prompt) == 0


def test_some_errors_are_only_a_message(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        sdk.images.generate(prompt=new_prompt("[fake error rate]"), model=TURBO)
    assert caught.value.response.json() == {"message": "rate limit exceeded"}


def test_an_alias_of_another_service_is_not_a_model(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        sdk.images.generate(prompt=new_prompt(), model="qwen-image")


@pytest.mark.parametrize(
    ("key", "status"), [("bad", 401), ("broke", 429), ("busy", 429), ("forbidden", 403)]
)
def test_the_name_of_a_key_selects_its_error(gitee: Fake, key: str, status: int) -> None:
    with sdk_of(gitee, key) as sdk, pytest.raises(openai.APIStatusError) as caught:
        sdk.images.generate(prompt=new_prompt(), model=TURBO)
    assert caught.value.status_code == status


def test_a_request_without_a_key_is_a_401_and_an_unknown_path_a_404(
    gitee: Fake, http: httpx2.Client
) -> None:
    url = f"{gitee.url}/v1/images"
    assert http.post(f"{url}/generations", json={}).status_code == 401
    assert http.post(url, headers={"authorization": "Bearer x"}).status_code == 404
