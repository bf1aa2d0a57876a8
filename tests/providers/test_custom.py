"""Custom servers through easel: `home`, and `copy`, which is as strict as OpenAI."""

import base64
from typing import Any

import httpx2
import openai
import pytest

from fakes.server import Fake
from support.cases import JPEG, PNG, came, reached
from support.gateway import generate, new_token, sdk_for
from support.pictures import mask, photo, picture
from support.server import Server, key_of, new_prompt

FIRST = "custom/home/first-model"
IN_BASE64 = {"n": 1, "response_format": "b64_json"}


def test_parameters_of_custom_servers_are_passed_on(
    server: Server, custom: Fake, http: httpx2.Client
) -> None:
    prompt, bearer = new_prompt(), new_token("home")
    plain = {
        "seed": 7,
        "negative_prompt": "fog",
        "strength": 0.5,
        "quality": "best",
        "style": "ink",
        "background": "white",
    }
    wish = {"steps": 6, "guidance": 2.5, "size": "512x768", **plain}
    answer = generate(server, bearer, {"model": FIRST, "prompt": prompt, **wish})
    (call,) = custom.calls(prompt)
    assert (call.method, call.path) == ("POST", "/v1/images/generations")
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('home:')}"
    assert reached(call) == {
        "model": "first-model",
        "prompt": prompt,
        **IN_BASE64,
        "size": "512x768",
        "num_inference_steps": 6,
        "guidance_scale": 2.5,
        **plain,
    }
    url = answer.json()["data"][0]["url"]
    assert came(url, http) == ("PNG", (512, 768))
    recipe = server.recipe(key_of(url))
    assert (recipe["model"], recipe["seed"]) == (FIRST, "7")


def test_no_parameter_is_sent_that_was_not_requested(
    server: Server, custom: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    answer = generate(server, "anybody", {"model": FIRST, "prompt": prompt})
    (call,) = custom.calls(prompt)
    assert reached(call) == {"model": "first-model", "prompt": prompt, **IN_BASE64}
    assert call.headers["authorization"] == "Bearer home-token"
    # The server's own choice.
    assert came(answer.json()["data"][0]["url"], http) == ("PNG", (512, 512))


@pytest.mark.parametrize("name", ["Some/Model_v2.safetensors", "x", "first-model:latest"])
def test_any_other_parameter_is_passed_on_unchanged(
    server: Server, custom: Fake, name: str
) -> None:
    prompt = new_prompt()
    answer = generate(server, "anybody", {"model": f"custom/home/{name}", "prompt": prompt})
    assert answer.headers["x-easel-model"] == f"custom/home/{name}"
    (call,) = custom.calls(prompt)
    assert reached(call)["model"] == name


@pytest.mark.parametrize("name", ["custom/home/", "custom/home"])
def test_the_first_model_is_the_default(server: Server, custom: Fake, name: str) -> None:
    prompt = new_prompt()
    assert generate(server, "anybody", {"model": name, "prompt": prompt}).status_code == 200
    (call,) = custom.calls(prompt)
    assert reached(call)["model"] == "first-model"


def test_its_models_are_listed(server: Server) -> None:
    with sdk_for(server, "anybody") as sdk:
        assert FIRST in {model.id for model in sdk.models.list()}


@pytest.mark.parametrize("name", ["custom/nobody/model", "custom/", "custom/copy/"])
def test_an_unknown_channel_or_model_is_a_404(server: Server, name: str) -> None:
    answer = generate(server, "anybody", {"model": name, "prompt": new_prompt()})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


def test_several_images_are_one_call(server: Server, custom: Fake) -> None:
    prompt = new_prompt()
    answer = generate(server, "anybody", {"model": FIRST, "prompt": prompt, "n": 4})
    assert len(answer.json()["data"]) == custom.bought(prompt) == 4
    assert [reached(call)["n"] for call in custom.calls(prompt)] == [4]


def test_a_request_without_any_token_is_a_401(server: Server, openai_fake: Fake) -> None:
    prompt = new_prompt()
    answer = generate(server, "anybody", {"model": "custom/copy/gpt-image-1.5", "prompt": prompt})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (401, "provider_key_missing")
    assert "copy:TOKEN" in error["message"]
    assert openai_fake.calls(prompt) == []


# --- Shapes of answers


@pytest.mark.parametrize("response_format", ["url", "b64_json"])
@pytest.mark.parametrize("shape", ["plain", "relative", "data-uri", "images"])
def test_images_are_found_at_every_place_of_an_output(
    server: Server, custom: Fake, http: httpx2.Client, shape: str, response_format: str
) -> None:
    prompt = new_prompt(f"[fake shape {shape}]")
    body = {"model": FIRST, "prompt": prompt, "response_format": response_format, "n": 2}
    answer = generate(server, "anybody", body)
    assert answer.status_code == 200, answer.text
    contents = [
        http.get(image["url"]).content if "url" in image else base64.b64decode(image["b64_json"])
        for image in answer.json()["data"]
    ]
    assert contents == custom.made(prompt)
    assert {picture(content).size for content in contents} == {(512, 512)}
    # The server's own address, private as it is, and without the token.
    assert len(custom.downloads(prompt)) == (2 if shape == "relative" else 0)


def test_response_format_is_omitted_where_the_api_refuses_it(
    server: Server, openai_fake: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    body = {"model": "custom/copy/gpt-image-1.5", "prompt": prompt, "quality": "low"}
    answer = generate(server, new_token("copy"), body)
    assert answer.status_code == 200, answer.text
    first, second = map(reached, openai_fake.calls(prompt))
    assert first.pop("response_format") == "b64_json"
    assert first == second
    assert openai_fake.bought(prompt) == 1
    assert came(answer.json()["data"][0]["url"], http) == ("PNG", (1024, 1024))


# --- Shapes of errors


@pytest.mark.parametrize("shape", ["openai", "detail", "text", "vllm", "plain"])
@pytest.mark.parametrize(
    ("kind", "status", "code", "words"),
    [
        ("key", 401, "invalid_api_key", "Invalid API key"),
        ("quota", 429, "insufficient_quota", "Payment required"),
        ("parameter", 400, "invalid_value", "Input should be WIDTHxHEIGHT"),
        ("model", 404, "model_not_found", "The model does not exist"),
        ("crash", 502, "upstream_error", "CUDA out of memory"),
    ],
)
def test_an_error_is_read_in_every_format(
    server: Server, custom: Fake, shape: str, kind: str, status: int, code: str, words: str
) -> None:
    prompt = new_prompt(f"[fake error {kind}] [fake errors {shape}]")
    answer = generate(server, new_token("home"), {"model": FIRST, "prompt": prompt})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["message"].startswith("Home: ") or error["param"]
    assert words in error["message"]
    assert len(custom.calls(prompt)) == 1


def test_a_parameter_in_a_list_of_error_details_is_named(server: Server) -> None:
    prompt = new_prompt("[fake error parameter] [fake errors detail]")
    body = {"model": FIRST, "prompt": prompt, "width": 512, "height": 512}
    error = generate(server, new_token("home"), body).json()["error"]
    assert error["param"] == "width"


# --- Edits


def test_an_edit_of_one_image(server: Server, custom: Fake, http: httpx2.Client) -> None:
    prompt, image = new_prompt(), photo(640, 480)
    extra: dict[str, Any] = {"strength": 0.5, "steps": 6}
    with sdk_for(server, "anybody") as sdk:
        answer = sdk.images.edit(
            model=FIRST, prompt=prompt, image=image, size="512x512", extra_body=extra
        )
    (call,) = custom.calls(prompt)
    assert call.path == "/v1/images/edits"
    assert reached(call) == {
        "model": "first-model",
        "prompt": prompt,
        "n": "1",
        "response_format": "b64_json",
        "size": "512x512",
        "strength": "0.5",
        "num_inference_steps": "6",
        "image": PNG,
    }
    assert call.files[0].content == image
    assert came((answer.data or [])[0].url or "", http) == ("PNG", (512, 512))


def test_an_edit_of_two_images_with_a_mask(server: Server, custom: Fake) -> None:
    prompt = new_prompt()
    images = [photo(640, 480), photo(200, 100, "jpeg")]
    with sdk_for(server, "anybody") as sdk:
        sdk.images.edit(model=FIRST, prompt=prompt, image=images, mask=mask(640, 480))
    (call,) = custom.calls(prompt)
    assert reached(call) == {
        "model": "first-model",
        "prompt": prompt,
        "n": "1",
        "response_format": "b64_json",
        "image[]": [PNG, JPEG],
        "mask": PNG,
    }


def test_a_variation_is_refused_for_custom_servers(server: Server) -> None:
    with (
        sdk_for(server, "anybody") as sdk,
        pytest.warns(DeprecationWarning, match="deprecated"),
        pytest.raises(openai.BadRequestError) as caught,
    ):
        sdk.images.create_variation(model=FIRST, image=photo(64, 64))
    assert caught.value.param == "model"
