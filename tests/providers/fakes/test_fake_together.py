"""The fake of Together, driven by Together's SDK, which refuses what its types do not allow."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import together
from together.types import ImageDataB64, ImageDataURL

from fakes.server import Fake
from support.pictures import picture
from support.server import new_prompt

SCHNELL = "black-forest-labs/FLUX.1-schnell"
KONTEXT = "black-forest-labs/FLUX.1-kontext-pro"
FLUX_2 = "black-forest-labs/FLUX.2-dev"
FLUX_2_PRO = "black-forest-labs/FLUX.2-pro"


def sdk_of(fake: Fake, key: str = "good") -> together.Together:
    return together.Together(
        base_url=fake.url, api_key=key, max_retries=0, _strict_response_validation=True
    )


@pytest.fixture
def sdk(together_fake: Fake) -> Iterator[together.Together]:
    with sdk_of(together_fake) as client:
        yield client


def test_images_are_returned_as_base64(sdk: together.Together, together_fake: Fake) -> None:
    prompt = new_prompt()
    answer = sdk.images.generate(
        model=SCHNELL,
        prompt=prompt,
        n=2,
        width=512,
        height=768,
        steps=12,
        seed=7,
        guidance_scale=3.5,
        negative_prompt="rain",
        response_format="base64",
        output_format="png",
        image_loras=[{"path": "https://example.com/lora", "scale": 1}],
        disable_safety_checker=True,
    )
    assert (answer.model, answer.object) == (SCHNELL, "list")
    assert [image.index for image in answer.data] == [0, 1]
    images = [
        base64.b64decode(image.b64_json) for image in answer.data if isinstance(image, ImageDataB64)
    ]
    assert {(picture(image).format, picture(image).size) for image in images} == {
        ("PNG", (512, 768))
    }
    assert len(set(images)) == together_fake.bought(prompt) == 2


def test_an_image_url_redirects_to_a_jpeg(
    sdk: together.Together, together_fake: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    answer = sdk.images.generate(model=SCHNELL, prompt=prompt)
    (image,) = answer.data
    assert isinstance(image, ImageDataURL)
    assert "/shrt/" in image.url
    file = http.get(image.url, follow_redirects=True)
    assert file.headers["content-type"] == "image/jpeg"
    assert picture(file.content).size == (1024, 1024)
    assert len(together_fake.downloads(prompt)) == 2


def test_a_download_without_a_user_agent_is_refused(
    sdk: together.Together, http: httpx2.Client
) -> None:
    answer = sdk.images.generate(model=SCHNELL, prompt=new_prompt())
    (image,) = answer.data
    assert isinstance(image, ImageDataURL)
    nameless = {"user-agent": ""}
    assert http.get(image.url, follow_redirects=True, headers=nameless).status_code == 403


def test_newer_models_have_parameters_of_their_own(sdk: together.Together) -> None:
    own = {"prompt_upsampling": False, "guidance": 7.5}
    assert sdk.images.generate(model=FLUX_2, prompt=new_prompt(), steps=28, extra_body=own).data


def test_b64_json_means_base64(sdk: together.Together) -> None:
    answer = sdk.images.generate(
        model=SCHNELL, prompt=new_prompt(), extra_body={"response_format": "b64_json"}
    )
    assert isinstance(answer.data[0], ImageDataB64)


@pytest.mark.parametrize(
    "parameters",
    [
        {"model": KONTEXT, "image_url": "https://example.com/a.png"},
        {"model": FLUX_2, "reference_images": ["https://example.com/a.png"] * 2},
        {"model": FLUX_2_PRO, "image_url": "https://example.com/a.png"},
    ],
)
def test_each_model_receives_images_in_its_own_field(
    sdk: together.Together, parameters: dict[str, Any]
) -> None:
    assert sdk.images.generate(prompt=new_prompt(), **parameters).data


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"extra_body": {"size": "512x512"}}, "size"),
        ({"steps": 13}, "steps"),
        ({"model": f"{SCHNELL}-Free", "steps": 5}, "steps"),
        ({"model": f"{SCHNELL}-Free", "disable_safety_checker": True}, "disable_safety_checker"),
        ({"n": 5}, "n"),
        ({"width": 1001}, "width"),
        ({"height": 32}, "height"),
        ({"height": 1800}, "height"),
        ({"seed": -1}, "seed"),
        ({"guidance_scale": -1}, "guidance_scale"),
        ({"output_format": "webp"}, "output_format"),
        ({"response_format": "binary"}, "response_format"),
        ({"image_url": "https://example.com/a.png"}, "image_url"),
        ({"reference_images": ["https://example.com/a.png"]}, "reference_images"),
        ({"model": KONTEXT, "image_url": "x", "reference_images": ["x"]}, "image_url"),
        ({"model": FLUX_2, "reference_images": [1]}, "reference_images"),
        ({"model": FLUX_2, "reference_images": ["x"] * 17}, "reference_images"),
        ({"model": FLUX_2, "image_url": "x"}, "image_url"),
        ({"model": FLUX_2_PRO, "steps": 20}, "steps"),
        ({"extra_body": {"prompt_upsampling": True}}, "prompt_upsampling"),
        ({"image_loras": [{"path": "x"}]}, "image_loras"),
        ({"prompt": ""}, "prompt"),
    ],
)
def test_an_invalid_parameter_is_named(
    sdk: together.Together, parameters: dict[str, Any], param: str
) -> None:
    with pytest.raises(together.BadRequestError) as caught:
        sdk.images.generate(**{"model": SCHNELL, "prompt": new_prompt(), **parameters})
    assert error_of(caught.value)["param"] == param


@pytest.mark.parametrize(
    ("kind", "error", "status", "code"),
    [
        ("key", together.AuthenticationError, 401, "invalid_api_key"),
        ("quota", together.APIStatusError, 402, None),
        ("rate", together.RateLimitError, 429, "rate_limit_exceeded"),
        ("content", together.UnprocessableEntityError, 422, None),
        ("parameter", together.BadRequestError, 400, "invalid_value"),
        ("model", together.NotFoundError, 404, "model_not_available"),
        ("down", together.InternalServerError, 503, None),
        ("crash", together.InternalServerError, 500, None),
    ],
)
def test_the_sdk_maps_each_failure_to_its_class_and_code(
    sdk: together.Together,
    together_fake: Fake,
    kind: str,
    error: type[together.APIStatusError],
    status: int,
    code: str | None,
) -> None:
    prompt = new_prompt(f"[fake error {kind}]")
    with pytest.raises(error) as caught:
        sdk.images.generate(model=SCHNELL, prompt=prompt)
    assert caught.value.status_code == status
    assert error_of(caught.value)["code"] == code
    assert together_fake.bought(prompt) == 0


@pytest.mark.parametrize(("kind", "status"), [("busy", 502), ("slow", 504)])
def test_an_error_of_a_proxy_is_an_html_page(
    sdk: together.Together, kind: str, status: int
) -> None:
    with pytest.raises(together.InternalServerError) as caught:
        sdk.images.generate(model=SCHNELL, prompt=new_prompt(f"[fake error {kind}]"))
    assert caught.value.status_code == status
    assert caught.value.response.headers["content-type"].startswith("text/html")


def test_a_rate_limit_error_has_the_seconds_to_wait(sdk: together.Together) -> None:
    with pytest.raises(together.RateLimitError) as caught:
        sdk.images.generate(
            model=SCHNELL, prompt=new_prompt("[fake error rate] [fake retry-after 7]")
        )
    headers = caught.value.response.headers
    assert (headers["retry-after"], headers["x-ratelimit-remaining"]) == ("7", "0")


def test_an_unknown_model_is_a_404(sdk: together.Together) -> None:
    with pytest.raises(together.NotFoundError):
        sdk.images.generate(model="nobody/nothing", prompt=new_prompt())


@pytest.mark.parametrize(("key", "status"), [("bad", 401), ("broke", 402), ("busy", 429)])
def test_the_name_of_a_key_selects_its_error(together_fake: Fake, key: str, status: int) -> None:
    with sdk_of(together_fake, key) as sdk, pytest.raises(together.APIStatusError) as caught:
        sdk.images.generate(model=SCHNELL, prompt=new_prompt())
    assert caught.value.status_code == status


def test_a_request_without_a_key_is_a_401(together_fake: Fake, http: httpx2.Client) -> None:
    answer = http.post(f"{together_fake.url}/v1/images/generations", json={})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "missing_api_key"


def test_another_path_is_a_404(together_fake: Fake, http: httpx2.Client) -> None:
    headers = {"authorization": "Bearer x"}
    assert http.post(f"{together_fake.url}/v1/images", headers=headers).status_code == 404


def error_of(failure: together.APIStatusError) -> dict[str, Any]:
    """The parts of the response's `error` that the SDK keeps."""
    body = failure.body
    assert isinstance(body, dict)
    error: dict[str, Any] = body.get("error", body)
    assert set(error) == {"message", "type", "param", "code"}
    return error
