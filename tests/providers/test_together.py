"""Together.ai through easel."""

import base64
from typing import Any

import httpx2
import openai
import pytest

from fakes.server import Fake
from support.cases import JPEG, PNG, Case, came, gaps, order, reached
from support.gateway import generate, new_token, sdk_for
from support.pictures import picture
from support.server import Server, key_of, new_prompt

FLUX = "black-forest-labs/FLUX"
LORAS = [{"path": "https://example.com/lora", "scale": 0.5}]
PLAIN = {"n": 1, "response_format": "base64"}
SIZE = {"width": 512, "height": 768}
MADE = ("JPEG", (512, 768))
OPEN = {"steps": 9, "seed": 7, "negative_prompt": "fog", "disable_safety_checker": True}


def made(model: str, asked: dict[str, Any], sent: dict[str, Any]) -> Case:
    """A generation of 512x768 pixels."""
    expected = {**PLAIN, **SIZE, **sent}
    return Case(f"together/{model}", "generate", {"size": "512x768", **asked}, expected, MADE)


def edited(
    model: str, asked: dict[str, Any], sent: dict[str, Any], size: tuple[int, int] = (1024, 1024)
) -> Case:
    """An edit whose size is left to the model."""
    return Case(f"together/{model}", "edit", asked, {**PLAIN, **sent}, ("JPEG", size))


CASES = [
    made(f"{FLUX}.1-schnell-Free", {"steps": 3, "seed": 7}, {"steps": 3, "seed": 7}),
    made(f"{FLUX}.1-schnell", OPEN, OPEN),
    made(f"{FLUX}.1-schnell", {}, {"steps": 4}),
    made(
        f"{FLUX}.1-dev",
        {**OPEN, "guidance": 2.5, "loras": LORAS},
        {**OPEN, "guidance_scale": 2.5, "image_loras": LORAS},
    ),
    made(f"{FLUX}.1.1-pro", {"seed": 7}, {"seed": 7}),
    *(
        make(
            f"{FLUX}.1-kontext-{kind}",
            {"steps": 9, "guidance": 2, "seed": 7, **more},
            {"steps": 9, "guidance_scale": 2, "seed": 7, **more, **images},
        )
        for kind, more in (("dev", {"disable_safety_checker": True}), ("pro", {}), ("max", {}))
        for make, images in ((made, {}), (edited, {"image_url": PNG}))
    ),
    *(
        made(
            f"{FLUX}.2-{kind}",
            {"seed": 7, "prompt_upsampling": False},
            {"seed": 7, "prompt_upsampling": False},
        )
        for kind in ("pro", "max")
    ),
    made(
        f"{FLUX}.2-flex",
        {"steps": 9, "guidance": 2, "seed": 7, "prompt_upsampling": True},
        {"steps": 9, "guidance_scale": 2, "seed": 7, "prompt_upsampling": True},
    ),
    made(
        f"{FLUX}.2-dev",
        {
            "steps": 9,
            "guidance": 2,
            "seed": 7,
            "prompt_upsampling": True,
            "loras": LORAS,
            "disable_safety_checker": True,
        },
        {
            "steps": 9,
            "guidance_scale": 2,
            "seed": 7,
            "prompt_upsampling": True,
            "image_loras": LORAS,
            "disable_safety_checker": True,
        },
    ),
    *(
        edited(
            f"{FLUX}.2-{kind}",
            {"seed": 7, "prompt_upsampling": False},
            {"seed": 7, "prompt_upsampling": False, "reference_images": [PNG, JPEG]},
            (1024, 768),
        )
        for kind in ("pro", "max", "flex", "dev")
    ),
    *(
        made(name, {**OPEN, "guidance": 2.5}, {**OPEN, "guidance_scale": 2.5})
        for name in (
            "stabilityai/stable-diffusion-3-medium",
            "stabilityai/stable-diffusion-xl-base-1.0",
            "Qwen/Qwen-Image",
        )
    ),
    *(
        Case(
            f"together/{name}",
            "generate",
            {"seed": 7, "size": size},
            {**PLAIN, "seed": 7, **dict(zip(SIZE, map(int, size.split("x")), strict=True))},
            ("JPEG", (int(size.split("x")[0]), int(size.split("x")[1]))),
        )
        for name, size in (
            ("google/flash-image-2.5", "1248x832"),
            ("google/gemini-3-pro-image", "832x1248"),
            ("ByteDance/Seedream-5.0-lite", "1920x1920"),
            ("ByteDance-Seed/Seedream-4.0", "1280x720"),
        )
    ),
    *(
        edited(name, {"seed": 7}, {"seed": 7, "reference_images": [PNG, JPEG]})
        for name in (
            "google/flash-image-2.5",
            "google/gemini-3-pro-image",
            "ByteDance/Seedream-5.0-lite",
            "ByteDance-Seed/Seedream-4.0",
        )
    ),
    *(
        made(name, {"seed": 7, "negative_prompt": "fog"}, {"seed": 7, "negative_prompt": "fog"})
        for name in (
            "ByteDance-Seed/Seedream-3.0",
            "Qwen/Qwen-Image-2.0",
            "Qwen/Qwen-Image-2.0-Pro",
            "ideogram/ideogram-3.0",
        )
    ),
    # One that the catalogue lacks.
    made(f"{FLUX}.1-dev-lora", {"steps": 9, "loras": LORAS}, {"steps": 9, "image_loras": LORAS}),
]

UNKNOWN = [
    made(
        "somebody/New-Model",
        {**OPEN, "guidance": 2, "loras": LORAS, "prompt_upsampling": True},
        {**OPEN, "guidance_scale": 2, "image_loras": LORAS, "prompt_upsampling": True},
    ),
    edited("somebody/New-Model", {"seed": 7}, {"seed": 7, "reference_images": [PNG, JPEG]}),
]


def test_every_task_and_parameter_of_every_model_has_a_case() -> None:
    assert gaps("together", CASES + UNKNOWN) == set()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_model_receives_the_request_and_its_image_is_stored(
    server: Server, together_fake: Fake, http: httpx2.Client, case: Case
) -> None:
    prompt, bearer = new_prompt(), new_token("together")
    with sdk_for(server, bearer) as sdk:
        answer = order(sdk, case, prompt)
    (call,) = together_fake.calls(prompt)
    assert (call.method, call.path) == ("POST", "/v1/images/generations")
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('together:')}"
    model = case.model.removeprefix("together/")
    assert reached(call) == {"model": model, "prompt": prompt, **case.reached}
    url = answer.data[0].url
    assert came(url, http) == case.came
    recipe = server.recipe(key_of(url))
    assert (recipe["model"], recipe["task"], recipe["prompt"]) == (case.model, case.task, prompt)
    assert recipe.get("seed") == ("7" if "seed" in case.asked else None)


@pytest.mark.parametrize("case", UNKNOWN, ids=str)
def test_together_decides_about_an_unknown_model(
    server: Server, together_fake: Fake, case: Case
) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("together")) as sdk, pytest.raises(openai.NotFoundError):
        order(sdk, case, prompt)
    (call,) = together_fake.calls(prompt)
    assert reached(call) == {"model": "somebody/New-Model", "prompt": prompt, **case.reached}


def test_png_is_requested_from_the_model_itself(
    server: Server, together_fake: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("together")) as sdk:
        answer = sdk.images.generate(model=f"{FLUX}.1-schnell", prompt=prompt, output_format="png")
    (call,) = together_fake.calls(prompt)
    assert reached(call)["output_format"] == "png"
    assert came((answer.data or [])[0].url or "", http) == ("PNG", (1024, 1024))


def test_an_unsupported_size_is_cropped_from_a_supported_one(
    server: Server, together_fake: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    body = {"model": f"{FLUX}.1-schnell", "prompt": prompt, "size": "500x300"}
    answer = generate(server, new_token("together"), body)
    (call,) = together_fake.calls(prompt)
    assert (reached(call)["width"], reached(call)["height"]) == (512, 304)
    assert came(answer.json()["data"][0]["url"], http) == ("JPEG", (500, 300))


def test_up_to_four_images_are_one_call(server: Server, together_fake: Fake) -> None:
    prompt = new_prompt()
    body = {"model": f"{FLUX}.1-schnell", "prompt": prompt, "n": 6, "size": "256x256"}
    answer = generate(server, new_token("together"), body)
    assert len(answer.json()["data"]) == together_fake.bought(prompt) == 6
    assert sorted(reached(call)["n"] for call in together_fake.calls(prompt)) == [2, 4]


# --- What users of Together send, with nothing changed but the base URL and the token


def test_a_request_in_togethers_own_format_is_accepted(server: Server, together_fake: Fake) -> None:
    prompt = new_prompt()
    body: dict[str, Any] = {
        "model": f"{FLUX}.1-schnell-Free",
        "prompt": prompt,
        "width": 1024,
        "height": 768,
        "steps": 4,
        "n": 1,
        "seed": 42,
        "response_format": "base64",
    }
    answer = generate(server, new_token("together"), body)
    (call,) = together_fake.calls(prompt)
    assert reached(call) == body
    (image,) = answer.json()["data"]
    assert picture(base64.b64decode(image["b64_json"])).size == (1024, 768)


def test_several_images_have_consecutive_seeds(server: Server, together_fake: Fake) -> None:
    prompt = new_prompt()
    body = {"model": f"{FLUX}.1-schnell-Free", "prompt": prompt, "n": 2, "seed": 42}
    answer = generate(server, new_token("together"), body)
    assert answer.headers["x-easel-seed"] == "42,43"
    sent = [(reached(call)["n"], reached(call)["seed"]) for call in together_fake.calls(prompt)]
    assert sorted(sent) == [(1, 42), (1, 43)]


def test_togethers_own_parameter_names_are_accepted(server: Server, together_fake: Fake) -> None:
    prompt = new_prompt()
    own = {"guidance_scale": 3.5, "image_loras": LORAS, "disable_safety_checker": True}
    body = {"model": f"{FLUX}.1-dev", "prompt": prompt, "steps": 9, **own}
    assert generate(server, new_token("together"), body).status_code == 200
    (call,) = together_fake.calls(prompt)
    assert {name: reached(call)[name] for name in own} == own
