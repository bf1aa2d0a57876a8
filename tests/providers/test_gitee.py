"""Gitee AI through easel."""

from typing import Any

import httpx2
import openai
import pytest

from fakes.server import Fake
from support.cases import JPEG, PNG, Case, came, gaps, order, reached
from support.gateway import generate, new_token, sdk_for
from support.server import Server, key_of, new_prompt

PLAIN = {"response_format": "url"}
SIZE = {"width": 512, "height": 768}


def made(
    model: str, asked: dict[str, Any], sent: dict[str, Any], size: dict[str, int] = SIZE
) -> Case:
    """A generation of 512x768 pixels, or of another size."""
    pixels = size["width"], size["height"]
    wish = {"size": "x".join(map(str, pixels)), **asked}
    return Case(f"gitee/{model}", "generate", wish, {**PLAIN, **size, **sent}, ("PNG", pixels))


# Steps, guidance under its name there, and what is sent where the caller says nothing of them.
GUIDED: dict[str, tuple[str, dict[str, Any]]] = {
    "Qwen-Image": ("cfg_scale", {"num_inference_steps": 20, "cfg_scale": 1}),
    "Qwen-Image-2512": ("cfg_scale", {"num_inference_steps": 4, "cfg_scale": 1}),
    "GLM-Image": ("guidance_scale", {"num_inference_steps": 30, "guidance_scale": 1.5}),
    "flux-1-schnell": ("guidance_scale", {"num_inference_steps": 8, "guidance_scale": 7.5}),
    "FLUX_1-Krea-dev": ("guidance_scale", {"num_inference_steps": 20, "guidance_scale": 4.5}),
    "FLUX.1-dev": ("guidance_scale", {"num_inference_steps": 20, "guidance_scale": 4.5}),
}
NEGATIVE = ("Qwen-Image", "Qwen-Image-2512", "GLM-Image")

CASES = [
    made(
        "z-image-turbo",
        {"steps": 6, "seed": 7, "negative_prompt": "fog"},
        {"num_inference_steps": 6, "seed": 7, "negative_prompt": "fog"},
    ),
    made("z-image-turbo", {}, {"num_inference_steps": 9}),
    *(
        made(
            model,
            {"steps": 6, "guidance": 2.5, "seed": 7, **more},
            {"num_inference_steps": 6, guidance: 2.5, "seed": 7, **more},
        )
        for model, (guidance, _) in GUIDED.items()
        for more in ({"negative_prompt": "fog"} if model in NEGATIVE else {},)
    ),
    *(made(model, {}, usual) for model, (_, usual) in GUIDED.items()),
]

UNKNOWN = [
    Case(
        "gitee/New-Model",
        "generate",
        {"steps": 6, "guidance": 2.5, "cfg_scale": 3, "seed": 7, "negative_prompt": "fog"},
        {
            **PLAIN,
            "num_inference_steps": 6,
            "guidance_scale": 2.5,
            "cfg_scale": 3,
            "seed": 7,
            "negative_prompt": "fog",
        },
        ("PNG", (1024, 1024)),
    ),
    Case(
        "gitee/New-Model",
        "edit",
        {"size": "512x768"},
        {**PLAIN, "width": "512", "height": "768", "image": [PNG, JPEG]},
        ("PNG", (512, 768)),
    ),
]


def test_every_task_and_parameter_of_every_model_has_a_case() -> None:
    assert gaps("gitee", CASES + UNKNOWN) == set()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_model_receives_the_request_and_its_image_is_stored(
    server: Server, gitee: Fake, http: httpx2.Client, case: Case
) -> None:
    prompt, bearer = new_prompt(), new_token("gitee")
    with sdk_for(server, bearer) as sdk:
        answer = order(sdk, case, prompt)
    (call,) = gitee.calls(prompt)
    assert (call.method, call.path) == ("POST", "/v1/images/generations")
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('gitee:')}"
    model = case.model.removeprefix("gitee/")
    assert reached(call) == {"model": model, "prompt": prompt, **case.reached}
    url = answer.data[0].url
    assert came(url, http) == case.came
    recipe = server.recipe(key_of(url))
    assert (recipe["model"], recipe["task"], recipe["prompt"]) == (case.model, case.task, prompt)
    assert recipe.get("seed") == ("7" if "seed" in case.asked else None)


@pytest.mark.parametrize("case", UNKNOWN, ids=str)
def test_gitee_decides_about_an_unknown_model(server: Server, gitee: Fake, case: Case) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("gitee")) as sdk, pytest.raises(openai.NotFoundError):
        order(sdk, case, prompt)
    (call,) = gitee.calls(prompt)
    where = {"generate": "/v1/images/generations", "edit": "/v1/images/edits"}
    assert call.path == where[case.task]
    assert reached(call) == {"model": "New-Model", "prompt": prompt, **case.reached}


def test_several_images_are_one_call_each(server: Server, gitee: Fake) -> None:
    prompt = new_prompt()
    body = {"model": "gitee/z-image-turbo", "prompt": prompt, "n": 3, "size": "256x256"}
    answer = generate(server, new_token("gitee"), body)
    assert len(answer.json()["data"]) == len(gitee.calls(prompt)) == gitee.bought(prompt) == 3


def test_an_image_is_downloaded_at_once_and_without_the_credential(
    server: Server, gitee: Fake
) -> None:
    prompt = new_prompt()
    body = {"model": "gitee/z-image-turbo", "prompt": prompt, "size": "256x256"}
    assert generate(server, new_token("gitee"), body).status_code == 200
    (download,) = gitee.downloads(prompt)
    assert "authorization" not in download.headers


# --- What users of the gateways before easel send, with nothing changed but the base URL


@pytest.mark.parametrize("size", [{"size": "512x768"}, {"width": 512, "height": 768}])
def test_a_request_in_zeniths_format_is_accepted(
    server: Server, gitee: Fake, http: httpx2.Client, size: dict[str, object]
) -> None:
    prompt = new_prompt()
    body = {
        "model": "gitee/z-image-turbo",
        "prompt": prompt,
        **size,
        "steps": 9,
        "negative_prompt": "fog",
        "seed": 42,
    }
    answer = generate(server, new_token("gitee"), body)
    (call,) = gitee.calls(prompt)
    assert reached(call) == {
        "model": "z-image-turbo",
        "prompt": prompt,
        "response_format": "url",
        "width": 512,
        "height": 768,
        "num_inference_steps": 9,
        "negative_prompt": "fog",
        "seed": 42,
    }
    assert came(answer.json()["data"][0]["url"], http) == ("PNG", (512, 768))


def test_tokens_are_tried_until_one_has_quota_left(server: Server, gitee: Fake) -> None:
    prompt = new_prompt()
    spent, good = new_token("gitee", "broke"), new_token("gitee").removeprefix("gitee:")
    body = {"model": "gitee/z-image-turbo", "prompt": prompt, "size": "256x256"}
    for _ in range(2):
        assert generate(server, f"{spent},{good}", body).status_code == 200
    shown = [call.headers["authorization"] for call in gitee.calls(prompt)]
    # The one without quota is left alone from then on.
    spent_token = spent.removeprefix("gitee:")
    assert shown == [f"Bearer {spent_token}", f"Bearer {good}", f"Bearer {good}"]


def test_a_caller_without_quota_on_any_token_receives_a_429(server: Server, gitee: Fake) -> None:
    prompt = new_prompt()
    spent = f"{new_token('gitee', 'broke')},{new_token('x', 'broke').removeprefix('x:')}"
    body = {"model": "gitee/z-image-turbo", "prompt": prompt}
    answer = generate(server, spent, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "insufficient_quota")
    assert answer.headers["x-should-retry"] == "false"
    assert len(gitee.calls(prompt)) == 2
