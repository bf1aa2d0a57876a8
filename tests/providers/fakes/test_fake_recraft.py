"""The fake of Recraft, driven by OpenAI's SDK as Recraft's documentation does."""

import base64
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import httpx2
import openai
import pytest

from fakes.server import Fake
from support.pictures import mask, photo, picture
from support.server import new_prompt

V3, V4_VECTOR = "recraftv3", "recraftv4_1_vector"
BEARER = {"authorization": "Bearer good"}


def sdk_of(fake: Fake, key: str = "good") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{fake.url}/v1", api_key=key, max_retries=0)


@pytest.fixture
def sdk(recraft: Fake) -> Iterator[openai.OpenAI]:
    with sdk_of(recraft) as client:
        yield client


def data_url(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def black_and_white() -> bytes:
    """A mask in Recraft's format."""
    file = BytesIO()
    picture(mask(640, 480)).getchannel("A").save(file, "png")
    return file.getvalue()


def test_image_urls_serve_the_images(
    sdk: openai.OpenAI, recraft: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    own = {
        "style": "Photorealism",
        "random_seed": 7,
        "negative_prompt": "fog",
        "controls": {"colors": [{"rgb": [0, 255, 0]}], "artistic_level": 2, "no_text": True},
        "text_layout": [{"text": "FOX", "bbox": [[0.1, 0.1], [0.4, 0.1], [0.4, 0.3], [0.1, 0.3]]}],
    }
    size: Any = "1820x1024"
    answer = sdk.images.generate(prompt=prompt, model=V3, n=2, size=size, extra_body=own)
    files = [http.get(image.url or "") for image in answer.data or []]
    assert {file.headers["content-type"] for file in files} == {"image/webp"}
    assert [picture(file.content).size for file in files] == [(1820, 1024)] * 2
    assert recraft.bought(prompt) == 2


def test_an_image_can_be_returned_as_base64(sdk: openai.OpenAI) -> None:
    answer = sdk.images.generate(
        prompt=new_prompt(),
        model=V3,
        response_format="b64_json",
        extra_body={"image_format": "png"},
    )
    (image,) = answer.data or []
    assert picture(base64.b64decode(image.b64_json or "")).format == "PNG"


def test_newer_models_take_aspect_ratios_as_sizes(sdk: openai.OpenAI, http: httpx2.Client) -> None:
    shape: Any = "16:9"
    answer = sdk.images.generate(prompt=new_prompt(), model="recraftv4_pro", size=shape)
    (image,) = answer.data or []
    assert picture(http.get(image.url or "").content).size == (2688, 1536)


def test_a_vector_model_draws(sdk: openai.OpenAI, http: httpx2.Client) -> None:
    answer = sdk.images.generate(prompt=new_prompt(), model=V4_VECTOR, size="1024x1024")
    (image,) = answer.data or []
    file = http.get(image.url or "")
    assert file.headers["content-type"] == "image/svg+xml"
    drawing = ElementTree.fromstring(file.text)
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert (drawing.get("width"), drawing.get("viewBox")) == ("1024", "0 0 1024 1024")


@pytest.mark.parametrize(
    ("path", "fields", "with_mask"),
    [
        ("imageToImage", {"prompt": "x", "model": V3, "strength": 0.3}, False),
        ("imageToImage", {"prompt": "x", "model": V4_VECTOR, "strength": 0}, False),
        ("inpaint", {"prompt": "x", "model": V3}, True),
        ("removeBackground", {}, False),
        ("vectorize", {}, False),
        ("crispUpscale", {}, False),
        ("eraseRegion", {}, True),
    ],
)
def test_an_image_is_accepted_as_a_file_or_in_json(
    http: httpx2.Client, recraft: Fake, path: str, fields: dict[str, Any], with_mask: bool
) -> None:
    images = {"image": photo(640, 480), **({"mask": black_and_white()} if with_mask else {})}
    url = f"{recraft.url}/v1/images/{path}"
    urls = {f"{name}_url": data_url(content) for name, content in images.items()}
    answers = (
        http.post(url, json={**fields, **urls}, headers=BEARER),
        http.post(url, data=fields, files=images, headers=BEARER),
    )
    for answer in answers:
        body = answer.raise_for_status().json()
        assert set(body) == {"created", "credits", "data" if "prompt" in fields else "image"}


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"prompt": "x" * 1001}, "too long"),
        ({"n": 7}, "above maximum"),
        ({"size": "1536x768"}, "Supported values"),
        ({"model": "recraftv4", "size": "1365x1024"}, "Supported values"),
        ({"response_format": "base64"}, "Supported values"),
        ({"extra_body": {"image_format": "jpeg"}}, "Supported values"),
        ({"extra_body": {"seed": 7}}, "Unknown parameter"),
        ({"extra_body": {"random_seed": -1}}, "below minimum"),
        ({"extra_body": {"controls": {"odd": 1}}}, "controls"),
        ({"extra_body": {"text_layout": [{"text": "x", "bbox": []}]}}, "text_layout"),
        ({"extra_body": {"style": "x", "style_id": "y"}}, "exclude each other"),
        ({"model": "recraftv4", "extra_body": {"style": "x"}}, "Unknown parameter"),
        ({"model": "recraftv4", "extra_body": {"negative_prompt": "x"}}, "Unknown parameter"),
        ({"model": "recraftv2", "extra_body": {"text_layout": []}}, "Unknown parameter"),
    ],
)
def test_an_unsupported_parameter_is_refused(
    sdk: openai.OpenAI, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=words):
        sdk.images.generate(**{"prompt": new_prompt(), "model": V3, **parameters})


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("imageToImage", {"model": V3}, "strength is required"),
        ("imageToImage", {"model": "recraftv2", "strength": 0.5}, "not supported"),
        ("imageToImage", {"model": V3, "strength": 0.5, "size": "1024x1024"}, "Unknown"),
        ("inpaint", {"model": "recraftv4", "mask_url": data_url(black_and_white())}, "supported"),
        ("inpaint", {"model": V3}, "mask is required"),
        ("inpaint", {"model": V3, "mask_url": data_url(photo(640, 480))}, "0 or 255"),
        ("inpaint", {"model": V3, "mask_url": data_url(photo(64, 48))}, "too small"),
        ("inpaint", {"model": V3, "mask_url": data_url(photo(320, 256))}, "differ in size"),
    ],
)
def test_an_edit_with_contradicting_inputs_is_refused(
    http: httpx2.Client, recraft: Fake, path: str, fields: dict[str, Any], words: str
) -> None:
    body = {"prompt": "x", "image_url": data_url(photo(640, 480)), **fields}
    answer = http.post(f"{recraft.url}/v1/images/{path}", json=body, headers=BEARER)
    assert answer.status_code == 400
    assert words in answer.json()["message"]


@pytest.mark.parametrize(
    ("kind", "error", "text"),
    [
        ("key", openai.AuthenticationError, "request unauthorized"),
        ("quota", openai.BadRequestError, "not_enough_credits"),
        ("rate", openai.RateLimitError, "too many requests"),
        ("content", openai.BadRequestError, "moderation"),
        ("model", openai.NotFoundError, "model_not_found"),
        ("down", openai.InternalServerError, "service unavailable"),
        ("crash", openai.InternalServerError, "internal_error"),
    ],
)
def test_an_error_body_is_text_or_json(
    sdk: openai.OpenAI, recraft: Fake, kind: str, error: type[openai.APIStatusError], text: str
) -> None:
    prompt = new_prompt(f"[fake error {kind}]")
    with pytest.raises(error) as caught:
        sdk.images.generate(prompt=prompt, model=V3)
    assert text in caught.value.response.text
    assert recraft.bought(prompt) == 0


def test_another_path_is_a_404(http: httpx2.Client, recraft: Fake) -> None:
    answer = http.post(f"{recraft.url}/v1/images/edits", json={}, headers=BEARER)
    assert (answer.status_code, answer.text) == (404, "404 page not found")


def test_a_request_without_a_token_is_a_401(http: httpx2.Client, recraft: Fake) -> None:
    answer = http.post(f"{recraft.url}/v1/images/generations", json={"prompt": "x"})
    assert (answer.status_code, answer.text) == (401, "request unauthorized")
