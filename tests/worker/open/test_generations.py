"""`POST /v1/images/generations`, with the OpenAI SDK and by hand."""

import base64

import httpx2
import openai
import pytest

from support.pictures import picture
from support.server import Server, key_of, new_prompt

SCHNELL = "@cf/black-forest-labs/flux-1-schnell"
SDXL = "@cf/stabilityai/stable-diffusion-xl-base-1.0"


def test_two_images_at_urls_that_serve_them(sdk: openai.OpenAI, http: httpx2.Client) -> None:
    answer = sdk.images.generate(model=SCHNELL, prompt=new_prompt(), n=2)
    files = [http.get(image.url or "") for image in answer.data or []]
    assert [file.headers["content-type"] for file in files] == ["image/jpeg"] * 2
    assert len({file.content for file in files}) == 2
    for file in files:
        image = picture(file.content)
        assert (image.format, image.size) == ("JPEG", (1024, 1024))


def test_a_models_stream_of_png_is_stored_as_png(sdk: openai.OpenAI, http: httpx2.Client) -> None:
    answer = sdk.images.generate(model=SDXL, prompt=new_prompt(), size="512x512")
    url = (answer.data or [])[0].url or ""
    assert url.endswith(".png")
    file = http.get(url)
    assert file.headers["content-type"] == "image/png"
    assert (picture(file.content).format, picture(file.content).size) == ("PNG", (512, 512))


def test_b64_json_holds_whole_images(http: httpx2.Client) -> None:
    body = {"prompt": new_prompt(), "response_format": "b64_json", "n": 3, "seed": 1}
    answer = http.post("/v1/images/generations", json=body).json()
    assert set(answer) == {"created", "data"}
    assert [set(image) for image in answer["data"]] == [{"b64_json"}] * 3
    for image in answer["data"]:
        assert picture(base64.b64decode(image["b64_json"])).size == (1024, 1024)


def test_an_unsupported_size_is_resized_from_a_supported_one(
    sdk: openai.OpenAI, http: httpx2.Client
) -> None:
    for size in ("512x512", "256x256", "640x360"):
        answer = sdk.images.generate(
            model=SCHNELL,
            prompt=new_prompt(),
            size=size,
        )
        image = picture(http.get((answer.data or [])[0].url or "").content)
        assert (image.format, f"{image.width}x{image.height}") == ("JPEG", size)


def test_an_image_of_another_size_is_resized_to_the_requested_size(http: httpx2.Client) -> None:
    body = {"prompt": new_prompt("[stand-in size 1000x900]"), "size": "512x512", "model": SDXL}
    answer = http.post("/v1/images/generations", json=body).json()
    assert picture(http.get(answer["data"][0]["url"]).content).size == (512, 512)


def test_the_format_is_read_from_the_bytes(http: httpx2.Client) -> None:
    body = {"prompt": new_prompt("[stand-in format jpeg]"), "model": SDXL, "size": "256x256"}
    url = http.post("/v1/images/generations", json=body).json()["data"][0]["url"]
    assert url.endswith(".jpg")
    assert http.get(url).headers["content-type"] == "image/jpeg"


def test_exactly_the_requested_parameters_reach_schnell(
    server: Server, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    body = {"prompt": prompt, "steps": 2, "seed": 0, "user": "me", "quality": "auto", "n": None}
    assert http.post("/v1/images/generations", json=body).status_code == 200
    assert server.calls(prompt, http) == [
        {"model": SCHNELL, "prompt": prompt, "steps": 2, "seed": 0}
    ]


def test_exactly_the_requested_parameters_reach_sdxl(server: Server, http: httpx2.Client) -> None:
    prompt = new_prompt()
    body = {
        "model": SDXL,
        "prompt": prompt,
        "steps": 3,
        "seed": 0,
        "guidance": 3.5,
        "negative_prompt": "fog 霧",
        "size": "768x512",
    }
    answer = http.post("/v1/images/generations", json=body)
    assert server.calls(prompt, http) == [
        {
            "model": SDXL,
            "prompt": prompt,
            "num_steps": 3,
            "seed": 0,
            "guidance": 3.5,
            "negative_prompt": "fog 霧",
            "width": 768,
            "height": 512,
        }
    ]
    recipe = server.recipe(key_of(answer.json()["data"][0]["url"]))
    assert recipe == {
        "model": SDXL,
        "task": "generate",
        "prompt": prompt,
        "parameters": '{"steps":3,"guidance":3.5,"negative_prompt":"fog \\u9727"}',
        "seed": "0",
        "size": "768x512",
        "created": recipe["created"],
    }


def test_the_stored_seed_reproduces_the_same_image(server: Server, http: httpx2.Client) -> None:
    body = {"prompt": new_prompt(), "model": SDXL, "size": "256x256"}
    first = http.post("/v1/images/generations", json=body)
    seed = int(server.recipe(key_of(first.json()["data"][0]["url"]))["seed"])
    assert first.headers["x-easel-seed"] == str(seed)
    again = http.post("/v1/images/generations", json={**body, "seed": seed})
    urls = [answer.json()["data"][0]["url"] for answer in (first, again)]
    assert http.get(urls[0]).content == http.get(urls[1]).content


def test_a_prompt_in_any_script_arrives_unchanged(server: Server, http: httpx2.Client) -> None:
    prompt = new_prompt('狐 🦊 \\ "quoted" \n tab\t \x00 \u2028')
    answer = http.post("/v1/images/generations", json={"prompt": prompt})
    assert [call["prompt"] for call in server.calls(prompt, http)] == [prompt]
    assert server.recipe(key_of(answer.json()["data"][0]["url"]))["prompt"] == prompt


def test_a_very_long_prompt_is_truncated_in_the_metadata(
    server: Server, http: httpx2.Client
) -> None:
    prompt = new_prompt("霧" * 20_000)
    answer = http.post("/v1/images/generations", json={"prompt": prompt, "model": SDXL})
    recipe = server.recipe(key_of(answer.json()["data"][0]["url"]))
    assert recipe["truncated"] == "prompt"
    assert prompt.startswith(recipe["prompt"])


def test_ten_images_are_made_at_the_same_time(http: httpx2.Client) -> None:
    # Ten calls that wait three seconds each: one after another they would outlast the client.
    body = {"prompt": new_prompt("[stand-in delay 3000]"), "n": 10, "seed": 1, "size": "64x64"}
    answer = http.post("/v1/images/generations", json=body, timeout=20)
    assert len({image["url"] for image in answer.json()["data"]}) == 10


def test_a_large_image_is_stored_byte_for_byte(http: httpx2.Client) -> None:
    prompt = new_prompt("[stand-in pad 3000000]")
    body = {"prompt": prompt, "seed": 1}
    url = http.post("/v1/images/generations", json=body).json()["data"][0]["url"]
    body["response_format"] = "b64_json"
    encoded = http.post("/v1/images/generations", json=body).json()["data"][0]["b64_json"]
    assert http.get(url).content == base64.b64decode(encoded)
    assert len(base64.b64decode(encoded)) == 3_000_000


def test_an_image_is_stored_after_its_client_disconnects(
    server: Server, http: httpx2.Client
) -> None:
    prompt = new_prompt("[stand-in delay 1500]")
    with pytest.raises(httpx2.TimeoutException):
        http.post("/v1/images/generations", json={"prompt": prompt}, timeout=0.5)
    # A later request that takes longer ends after the abandoned one.
    later = new_prompt("[stand-in delay 3000]")
    assert http.post("/v1/images/generations", json={"prompt": later}).status_code == 200
    assert prompt in {recipe["prompt"] for recipe in server.recipes()}


def test_some_of_several_images_may_fail(http: httpx2.Client) -> None:
    body = {"prompt": new_prompt("[stand-in error 3040 on seed 6]"), "seed": 5, "n": 3}
    answer = http.post("/v1/images/generations", json=body)
    assert (answer.status_code, len(answer.json()["data"])) == (200, 2)
    assert answer.headers["x-easel-seed"] == "5,7"
    assert answer.headers["x-easel-missing"] == "1"
