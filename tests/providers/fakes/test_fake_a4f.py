"""The fake of A4F, driven by OpenAI's SDK, as A4F's documentation recommends."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

from fakes.server import Fake
from support.pictures import picture
from support.server import new_prompt

IMAGEN = "provider-4/imagen-4"


def sdk_of(fake: Fake, key: str = "good") -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{fake.url}/v1",
        api_key=key,
        max_retries=0,
        _strict_response_validation=True,
    )


@pytest.fixture
def sdk(a4f: Fake) -> Iterator[openai.OpenAI]:
    with sdk_of(a4f) as client:
        yield client


def test_images_are_returned_as_urls(sdk: openai.OpenAI, a4f: Fake, http: httpx2.Client) -> None:
    prompt = new_prompt()
    size: Any = "1024x768"
    answer = sdk.images.generate(prompt=prompt, model=IMAGEN, n=2, size=size, response_format="url")
    files = [http.get(image.url or "").content for image in answer.data or []]
    assert [picture(file).size for file in files] == [(1024, 768)] * 2
    assert len(set(files)) == a4f.bought(prompt) == 2


def test_images_can_be_returned_as_base64(sdk: openai.OpenAI) -> None:
    answer = sdk.images.generate(prompt=new_prompt(), model=IMAGEN, response_format="b64_json")
    (image,) = answer.data or []
    assert picture(base64.b64decode(image.b64_json or "")).size == (1024, 1024)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"seed": 1}, "unknown_parameter"),
        ({"steps": 1}, "unknown_parameter"),
        ({"negative_prompt": "rain"}, "unknown_parameter"),
        ({"quality": "hd"}, "unknown_parameter"),
        ({"size": "large"}, "invalid_value"),
        ({"size": "4096x4096"}, "invalid_value"),
        ({"n": 11}, "integer_above_max_value"),
        ({"response_format": "png"}, "invalid_value"),
    ],
)
def test_an_invalid_parameter_is_refused(
    sdk: openai.OpenAI, parameters: dict[str, Any], code: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.images.generate(prompt=new_prompt(), model=IMAGEN, extra_body=parameters)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("kind", "error", "status", "code"),
    [
        ("key", openai.AuthenticationError, 401, "invalid_api_key"),
        ("quota", openai.APIStatusError, 402, "insufficient_quota"),
        ("rate", openai.RateLimitError, 429, "rate_limit_exceeded"),
        ("content", openai.BadRequestError, 400, "content_policy_violation"),
        ("parameter", openai.BadRequestError, 400, "invalid_value"),
        ("model", openai.NotFoundError, 404, "model_not_found"),
        ("down", openai.InternalServerError, 503, "provider_unavailable"),
        ("crash", openai.InternalServerError, 500, "internal_error"),
        ("busy", openai.InternalServerError, 502, None),
        ("slow", openai.InternalServerError, 504, None),
    ],
)
def test_the_sdk_maps_each_failure_to_its_class_and_code(
    sdk: openai.OpenAI,
    a4f: Fake,
    kind: str,
    error: type[openai.APIStatusError],
    status: int,
    code: str | None,
) -> None:
    prompt = new_prompt(f"[fake error {kind}]")
    with pytest.raises(error) as caught:
        sdk.images.generate(prompt=prompt, model=IMAGEN)
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert a4f.bought(prompt) == 0


def test_an_unknown_model_is_a_404(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        sdk.images.generate(prompt=new_prompt(), model="imagen-4")


@pytest.mark.parametrize(
    ("key", "status"), [("bad", 401), ("broke", 402), ("busy", 429), ("forbidden", 403)]
)
def test_the_name_of_a_key_selects_its_error(a4f: Fake, key: str, status: int) -> None:
    with sdk_of(a4f, key) as sdk, pytest.raises(openai.APIStatusError) as caught:
        sdk.images.generate(prompt=new_prompt(), model=IMAGEN)
    assert caught.value.status_code == status


def test_a_request_without_a_key_is_a_401_and_an_unknown_path_a_404(
    a4f: Fake, http: httpx2.Client
) -> None:
    url = f"{a4f.url}/v1/images"
    assert http.post(f"{url}/generations", json={}).status_code == 401
    assert http.post(url, headers={"authorization": "Bearer x"}).status_code == 404
