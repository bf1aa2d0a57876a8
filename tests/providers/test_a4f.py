"""A4F through easel."""

import httpx2
import openai
import pytest

from fakes.server import Fake
from support.cases import PNG, Case, came, gaps, order, reached
from support.gateway import generate, new_token, sdk_for
from support.server import Server, key_of, new_prompt

PLAIN = {"n": 1, "response_format": "url"}

CASES = [
    Case(f"a4f/{model}", "generate", {"size": size}, {**PLAIN, "size": size}, ("PNG", pixels))
    for model, size, pixels in (
        ("provider-4/imagen-4", "1024x1024", (1024, 1024)),
        ("provider-4/imagen-3.5", "1792x1024", (1792, 1024)),
        ("provider-8/imagen-3", "256x256", (256, 256)),
        ("provider-4/flux-schnell", "512x768", (512, 768)),
        ("provider-8/z-image", "768x512", (768, 512)),
    )
]

UNKNOWN = [
    Case(
        "a4f/provider-9/New-Model",
        "generate",
        {"quality": "hd", "style": "vivid"},
        {**PLAIN, "quality": "hd", "style": "vivid"},
        ("PNG", (1024, 1024)),
    ),
    Case(
        "a4f/provider-9/New-Model",
        "edit",
        {"size": "512x768"},
        {"n": "1", "response_format": "url", "size": "512x768", "image": PNG},
        ("PNG", (512, 768)),
    ),
]


def test_every_task_and_parameter_of_every_model_has_a_case() -> None:
    assert gaps("a4f", CASES + UNKNOWN) == set()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_model_receives_the_request_and_its_image_is_stored(
    server: Server, a4f: Fake, http: httpx2.Client, case: Case
) -> None:
    prompt, bearer = new_prompt(), new_token("a4f")
    with sdk_for(server, bearer) as sdk:
        answer = order(sdk, case, prompt)
    (call,) = a4f.calls(prompt)
    assert (call.method, call.path) == ("POST", "/v1/images/generations")
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('a4f:')}"
    model = case.model.removeprefix("a4f/")
    assert reached(call) == {"model": model, "prompt": prompt, **case.reached}
    url = answer.data[0].url
    assert came(url, http) == case.came
    recipe = server.recipe(key_of(url))
    assert (recipe["model"], recipe["task"], recipe["prompt"]) == (case.model, case.task, prompt)


@pytest.mark.parametrize("case", UNKNOWN, ids=str)
def test_a4f_decides_about_an_unknown_model(server: Server, a4f: Fake, case: Case) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("a4f")) as sdk, pytest.raises(openai.OpenAIError):
        order(sdk, case, prompt)
    (call,) = a4f.calls(prompt)
    where = {"generate": "/v1/images/generations", "edit": "/v1/images/edits"}
    assert call.path == where[case.task]
    assert reached(call) == {"model": "provider-9/New-Model", "prompt": prompt, **case.reached}


# --- What users of A4F send, with nothing changed but the base URL


@pytest.mark.parametrize("model", ["a4f/provider-4/imagen-3.5", "provider-4/imagen-3.5"])
def test_a_request_in_a4fs_own_format_is_accepted(
    server: Server, a4f: Fake, http: httpx2.Client, model: str
) -> None:
    prompt = new_prompt()
    body = {"model": model, "prompt": prompt, "n": 1, "size": "1024x1792"}
    answer = generate(server, new_token("a4f"), body)
    (call,) = a4f.calls(prompt)
    assert reached(call) == {
        "model": "provider-4/imagen-3.5",
        "prompt": prompt,
        "n": 1,
        "response_format": "url",
        "size": "1024x1792",
    }
    assert came(answer.json()["data"][0]["url"], http) == ("PNG", (1024, 1792))


def test_the_default_size_is_requested_when_none_is_given(server: Server, a4f: Fake) -> None:
    prompt = new_prompt()
    body = {"model": "a4f/provider-4/imagen-3.5", "prompt": prompt}
    assert generate(server, new_token("a4f"), body).status_code == 200
    (call,) = a4f.calls(prompt)
    assert reached(call)["size"] == "1024x1024"


def test_several_images_are_one_call_each(server: Server, a4f: Fake) -> None:
    prompt = new_prompt()
    body = {"model": "a4f/provider-8/imagen-3", "prompt": prompt, "n": 3, "size": "256x256"}
    answer = generate(server, new_token("a4f"), body)
    assert len(answer.json()["data"]) == a4f.bought(prompt) == 3
    assert [reached(call)["n"] for call in a4f.calls(prompt)] == [1, 1, 1]


def test_tokens_are_tried_until_one_is_accepted(server: Server, a4f: Fake) -> None:
    prompt = new_prompt()
    wrong, good = new_token("a4f", "bad"), new_token("a4f").removeprefix("a4f:")
    body = {"model": "a4f/provider-4/imagen-3.5", "prompt": prompt}
    for _ in range(2):
        assert generate(server, f"{wrong},{good}", body).status_code == 200
    shown = [call.headers["authorization"] for call in a4f.calls(prompt)]
    # The one that was refused is left alone from then on.
    wrong_token = wrong.removeprefix("a4f:")
    assert shown == [f"Bearer {wrong_token}", f"Bearer {good}", f"Bearer {good}"]
