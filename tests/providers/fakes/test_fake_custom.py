"""The fake of a custom server, driven by OpenAI's SDK as far as the SDK allows."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

from fakes.custom import Guard, fake_custom
from fakes.server import Fake
from support.pictures import photo, picture
from support.server import new_prompt

MODEL = "stablediffusion"


def sdk_of(fake: Fake, key: str = "good") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{fake.url}/v1", api_key=key, max_retries=0)


@pytest.fixture
def sdk(custom: Fake) -> Iterator[openai.OpenAI]:
    with sdk_of(custom) as client:
        yield client


def test_any_parameter_is_accepted(sdk: openai.OpenAI, custom: Fake, http: httpx2.Client) -> None:
    prompt = new_prompt()
    own = {"width": 320, "height": 256, "steps": 4, "seed": 1, "whatever": [None]}
    answer = sdk.images.generate(prompt=prompt, model=MODEL, n=2, extra_body=own)
    files = [http.get(image.url or "").content for image in answer.data or []]
    assert [picture(file).size for file in files] == [(320, 256)] * 2
    assert len(set(files)) == custom.bought(prompt) == 2


def test_images_can_be_returned_as_base64(sdk: openai.OpenAI) -> None:
    answer = sdk.images.generate(
        prompt=new_prompt(), model=MODEL, size="256x256", response_format="b64_json"
    )
    (image,) = answer.data or []
    assert picture(base64.b64decode(image.b64_json or "")).size == (256, 256)


def test_the_cost_can_be_in_the_body_or_in_a_header(sdk: openai.OpenAI) -> None:
    prompt = new_prompt("[fake cost 0.04] [fake cost-header 0.02]")
    answer = sdk.images.with_raw_response.generate(prompt=prompt, model=MODEL)
    assert answer.headers["x-litellm-response-cost"] == "0.02"
    assert answer.http_response.json()["usage"] == {"cost": 0.04}


def test_a_url_can_lack_its_origin(sdk: openai.OpenAI, custom: Fake, http: httpx2.Client) -> None:
    answer = sdk.images.generate(prompt=new_prompt("[fake shape relative]"), model=MODEL)
    (image,) = answer.data or []
    path = image.url or ""
    assert path.startswith("/")
    assert picture(http.get(custom.url + path).content).size == (512, 512)


def test_a_url_can_hold_the_image(sdk: openai.OpenAI) -> None:
    answer = sdk.images.generate(prompt=new_prompt("[fake shape data-uri]"), model=MODEL)
    (image,) = answer.data or []
    head, _, data = (image.url or "").partition(",")
    assert head == "data:image/png;base64"
    assert picture(base64.b64decode(data)).size == (512, 512)


@pytest.mark.parametrize(("response_format", "name"), [("url", "url"), ("b64_json", "image")])
def test_images_can_be_in_another_field(
    sdk: openai.OpenAI, response_format: Any, name: str
) -> None:
    answer = sdk.images.generate(
        prompt=new_prompt("[fake shape images]"), model=MODEL, response_format=response_format
    )
    assert answer.data is None
    images: Any = answer.to_dict()["images"]
    assert [list(image) for image in images] == [[name]]


@pytest.mark.parametrize("count", [1, 2])
def test_images_are_edited(sdk: openai.OpenAI, custom: Fake, count: int) -> None:
    prompt = new_prompt()
    image = [("a.png", photo(64, 64), "image/png")] * count
    answer = sdk.images.edit(
        prompt=prompt,
        model=MODEL,
        image=image if count > 1 else image[0],
        size="256x256",
        response_format="b64_json",
    )
    (made,) = answer.data or []
    assert picture(base64.b64decode(made.b64_json or "")).size == (256, 256)
    (call,) = custom.calls(prompt)
    assert len(call.files) == count


@pytest.mark.parametrize(
    ("kind", "error", "status"),
    [
        ("key", openai.AuthenticationError, 401),
        ("quota", openai.APIStatusError, 402),
        ("rate", openai.RateLimitError, 429),
        ("content", openai.BadRequestError, 400),
        ("parameter", openai.UnprocessableEntityError, 422),
        ("model", openai.NotFoundError, 404),
        ("down", openai.InternalServerError, 503),
        ("crash", openai.InternalServerError, 500),
        ("busy", openai.InternalServerError, 502),
        ("slow", openai.InternalServerError, 504),
    ],
)
def test_the_sdk_maps_each_failure_to_its_class(
    sdk: openai.OpenAI, kind: str, error: type[openai.APIStatusError], status: int
) -> None:
    with pytest.raises(error) as caught:
        sdk.images.generate(prompt=new_prompt(f"[fake error {kind}]"), model=MODEL)
    assert caught.value.status_code == status


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("detail", {"detail": "Payment required"}),
        ("text", {"error": "Payment required"}),
        (
            "vllm",
            {
                "object": "error",
                "message": "Payment required",
                "type": "insufficient_quota",
                "param": None,
                "code": 402,
            },
        ),
        (
            "openai",
            {
                "error": {
                    "message": "Payment required",
                    "type": "insufficient_quota",
                    "param": None,
                    "code": None,
                }
            },
        ),
    ],
)
def test_an_error_body_can_have_any_of_several_formats(
    sdk: openai.OpenAI, shape: str, body: Any
) -> None:
    prompt = new_prompt(f"[fake error quota] [fake errors {shape}]")
    with pytest.raises(openai.APIStatusError) as caught:
        sdk.images.generate(prompt=prompt, model=MODEL)
    assert caught.value.response.json() == body


def test_an_error_can_be_plain_text(sdk: openai.OpenAI) -> None:
    prompt = new_prompt("[fake error crash] [fake errors plain]")
    with pytest.raises(openai.InternalServerError) as caught:
        sdk.images.generate(prompt=prompt, model=MODEL)
    assert caught.value.response.text == "CUDA out of memory"


def test_a_wrong_parameter_can_be_listed(sdk: openai.OpenAI) -> None:
    size: Any = "large"
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        sdk.images.generate(prompt=new_prompt("[fake errors detail]"), model=MODEL, size=size)
    (problem,) = caught.value.response.json()["detail"]
    assert problem["loc"] == ["body", "size"]


def test_models_are_listed(sdk: openai.OpenAI) -> None:
    assert [model.id for model in sdk.models.list()] == [MODEL]


def test_a_key_can_be_in_a_header_of_its_own(http: httpx2.Client) -> None:
    with fake_custom(Guard(header="x-my-key", prefix="")) as fake:
        url = f"{fake.url}/deep/below/images/generations"
        body = {"prompt": new_prompt()}
        assert http.post(url, json=body).status_code == 401
        assert http.post(url, json=body, headers={"x-my-key": "bad"}).status_code == 401
        assert http.post(url, json=body, headers={"x-my-key": "good"}).status_code == 200
        assert http.post(url, json={}, headers={"x-my-key": "good"}).status_code == 422
        assert http.get(f"{fake.url}/", headers={"x-my-key": "good"}).status_code == 404


def test_a_custom_server_may_need_no_token(http: httpx2.Client) -> None:
    with fake_custom(None) as fake:
        url = f"{fake.url}/images/generations"
        assert http.post(url, json={"prompt": new_prompt()}).status_code == 200
