"""Stability AI through easel."""

import base64
from typing import Any

import httpx2
import openai
import pytest

from easel.providers.stability import StabilityOptions
from fakes.calls import Call
from fakes.server import Fake
from support.cases import PNG, Case, came, gaps, order, reached
from support.gateway import generate, new_token, sdk_for
from support.pictures import mask, photo, picture
from support.server import Server, key_of, new_prompt

LARGE = "stability/sd3.5-large"
WEBP = {"output_format": "webp"}
# A photo of 640x480 pixels, made anew with a megapixel.
ANEW = (1182, 887)
OWN = {"negative_prompt": "fog", "seed": 7, "style_preset": "origami"}
OWN_SENT = {**OWN, "seed": "7"}
MASK = "image/png 640x480"


def made(model: str, asked: dict[str, Any], sent: dict[str, Any]) -> Case:
    """A generation of a wide image in JPEG."""
    wide = {"aspect_ratio": "16:9", "output_format": "jpeg"}
    size = (1646, 941) if model == "core" else (1344, 768)
    return Case(
        f"stability/{model}", "generate", {**wide, **asked}, {**wide, **sent}, ("JPEG", size)
    )


def edited(
    model: str,
    asked: dict[str, Any],
    sent: dict[str, Any],
    size: tuple[int, int] = (640, 480),
) -> Case:
    """An edit in WebP whose size is left to the service."""
    expected = {**WEBP, "image": PNG, **sent}
    return Case(f"stability/{model}", "edit", {**WEBP, **asked}, expected, ("WEBP", size))


MODELS = ("sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium", "sd3.5-flash", "sd3-large")
GUIDED = {**OWN, "guidance": 5.5}
GUIDED_SENT = {**OWN_SENT, "cfg_scale": "5.5"}
CASES = [
    made("ultra", OWN, OWN_SENT),
    made("core", OWN, OWN_SENT),
    edited("ultra", {"strength": 0.4}, {"strength": "0.4"}, ANEW),
    *(made(model, GUIDED, {**GUIDED_SENT, "model": model}) for model in MODELS),
    *(
        edited(
            model,
            {**GUIDED, "strength": 0.4},
            {**GUIDED_SENT, "strength": "0.4", "mode": "image-to-image", "model": model},
            ANEW,
        )
        for model in MODELS
    ),
    edited("inpaint", {**OWN, "grow_mask": 9}, {**OWN_SENT, "grow_mask": "9", "mask": MASK}),
    edited(
        "outpaint",
        {
            "left": 10,
            "right": 20,
            "up": 30,
            "down": 40,
            "creativity": 0.3,
            "seed": 7,
            "style_preset": "anime",
        },
        {
            "left": "10",
            "right": "20",
            "up": "30",
            "down": "40",
            "creativity": "0.3",
            "seed": "7",
            "style_preset": "anime",
        },
        (670, 550),
    ),
    edited(
        "search-and-replace",
        {**OWN, "search_prompt": "a cat", "grow_mask": 2},
        {**OWN_SENT, "search_prompt": "a cat", "grow_mask": "2"},
    ),
    edited(
        "search-and-recolor",
        {**OWN, "select_prompt": "a cat", "grow_mask": 2},
        {**OWN_SENT, "select_prompt": "a cat", "grow_mask": "2"},
    ),
]
# Services that take no prompt are sent none, though OpenAI's SDK cannot do without.
SILENT = [
    edited("erase", {"grow_mask": 9, "seed": 7}, {"grow_mask": "9", "seed": "7", "mask": MASK}),
    edited("remove-background", {}, {}),
]


def path_of(case: Case) -> str:
    """Where a case must be asked for."""
    assert isinstance(case.card.options, StabilityOptions)
    return f"/v2beta/stable-image/{case.card.options.path}"


def calls_of(fake: Fake, bearer: str) -> list[Call]:
    """Calls by their credential, for those that have no prompt."""
    shown = f"Bearer {bearer.removeprefix('stability:')}"
    return [call for call in fake.calls("") if call.headers.get("authorization") == shown]


def test_every_task_and_parameter_of_every_model_has_a_case() -> None:
    assert gaps("stability", CASES + SILENT) == set()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_model_receives_the_request_and_its_image_is_stored(
    server: Server, stability: Fake, http: httpx2.Client, case: Case
) -> None:
    prompt, bearer = new_prompt(), new_token("stability")
    with sdk_for(server, bearer) as sdk:
        answer = order(sdk, case, prompt)
    (call,) = stability.calls(prompt)
    assert (call.method, call.path) == ("POST", path_of(case))
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('stability:')}"
    assert call.headers["accept"] == "image/*"
    assert call.is_form
    assert reached(call) == {"prompt": prompt, **case.reached}
    url = answer.data[0].url
    assert came(url, http) == case.came
    recipe = server.recipe(key_of(url))
    assert (recipe["model"], recipe["task"], recipe["prompt"]) == (case.model, case.task, prompt)


@pytest.mark.parametrize("case", SILENT, ids=str)
def test_no_prompt_is_sent_to_a_service_without_one(
    server: Server, stability: Fake, http: httpx2.Client, case: Case
) -> None:
    bearer = new_token("stability")
    with sdk_for(server, bearer) as sdk:
        answer = order(sdk, case, new_prompt())
    (call,) = calls_of(stability, bearer)
    assert call.path == path_of(case)
    assert reached(call) == case.reached
    assert came(answer.data[0].url, http) == case.came


def test_without_a_mask_the_images_own_transparency_is_repainted(
    server: Server, stability: Fake
) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("stability")) as sdk:
        sdk.images.edit(model="stability/inpaint", prompt=prompt, image=mask(640, 480))
    (call,) = stability.calls(prompt)
    (image,) = call.files
    assert (image.field, picture(image.content).mode) == ("image", "RGBA")


def test_an_openai_mask_is_converted_to_white_where_it_is_transparent(
    server: Server, stability: Fake
) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("stability")) as sdk:
        sdk.images.edit(
            model="stability/inpaint", prompt=prompt, image=photo(640, 480), mask=mask(640, 480)
        )
    (call,) = stability.calls(prompt)
    (sent,) = [file for file in call.files if file.field == "mask"]
    painted = picture(sent.content)
    assert (painted.getpixel((10, 10)), painted.getpixel((630, 10))) == (255, 0)


def test_an_image_arrives_unchanged(server: Server, stability: Fake, http: httpx2.Client) -> None:
    prompt = new_prompt()
    body = {"model": LARGE, "prompt": prompt}
    url = generate(server, new_token("stability"), body).json()["data"][0]["url"]
    assert [http.get(url).content] == stability.made(prompt)


def test_an_image_is_returned_as_base64(server: Server, stability: Fake) -> None:
    prompt = new_prompt()
    body = {"model": LARGE, "prompt": prompt, "response_format": "b64_json"}
    (image,) = generate(server, new_token("stability"), body).json()["data"]
    assert [base64.b64decode(image["b64_json"])] == stability.made(prompt)


def test_an_unsupported_size_is_cropped_from_the_nearest_aspect_ratio(
    server: Server, stability: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    body = {"model": LARGE, "prompt": prompt, "size": "1000x800"}
    answer = generate(server, new_token("stability"), body)
    (call,) = stability.calls(prompt)
    assert reached(call)["aspect_ratio"] == "5:4"
    assert came(answer.json()["data"][0]["url"], http) == ("PNG", (1000, 800))


def test_several_images_are_one_call_each_and_return_their_seeds(
    server: Server, stability: Fake
) -> None:
    prompt = new_prompt()
    answer = generate(
        server, new_token("stability"), {"model": LARGE, "prompt": prompt, "n": 2, "seed": 7}
    )
    assert len(answer.json()["data"]) == stability.bought(prompt) == 2
    assert {reached(call)["seed"] for call in stability.calls(prompt)} == {"7", "8"}
    assert answer.headers["x-easel-seed"] == "7,8"


def test_a_seed_chosen_by_the_provider_is_returned(server: Server) -> None:
    answer = generate(server, new_token("stability"), {"model": LARGE, "prompt": new_prompt()})
    assert answer.headers["x-easel-seed"] == "343940597"


# --- What is refused before anything is bought


@pytest.mark.parametrize(
    ("model", "given", "param", "code"),
    [
        (LARGE, {"extra_body": {"seed": 7}}, "strength", "missing_required_parameter"),
        ("stability/ultra", {}, "strength", "missing_required_parameter"),
        ("stability/search-and-replace", {}, "search_prompt", "missing_required_parameter"),
        ("stability/search-and-recolor", {}, "select_prompt", "missing_required_parameter"),
        (LARGE, {"size": "1024x1024", "extra_body": {"strength": 0.5}}, "size", "invalid_value"),
        (LARGE, {"extra_body": {"strength": 1.5}}, "strength", "invalid_value"),
    ],
)
def test_an_edit_with_contradicting_inputs_is_refused_by_easel(
    server: Server, stability: Fake, model: str, given: dict[str, Any], param: str, code: str
) -> None:
    prompt = new_prompt()
    with (
        sdk_for(server, new_token("stability")) as sdk,
        pytest.raises(openai.BadRequestError) as caught,
    ):
        sdk.images.edit(model=model, prompt=prompt, image=photo(64, 64), **given)
    assert (caught.value.param, caught.value.code) == (param, code)
    assert stability.calls(prompt) == []


def test_an_outpainting_without_a_direction_names_the_parameter(server: Server) -> None:
    with (
        sdk_for(server, new_token("stability")) as sdk,
        pytest.raises(openai.BadRequestError) as caught,
    ):
        sdk.images.edit(model="stability/outpaint", prompt=new_prompt(), image=photo(64, 64))
    assert (caught.value.param, caught.value.code) == ("left", "invalid_value")


# --- What goes wrong


def test_an_error_names_the_parameter_as_the_caller_wrote_it(server: Server) -> None:
    prompt = new_prompt("[fake error parameter]")
    body = {"model": LARGE, "prompt": prompt, "guidance_scale": 3}
    error = generate(server, new_token("stability"), body).json()["error"]
    assert error["param"] == "guidance_scale"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("bad", 401, "invalid_api_key"),
        ("broke", 429, "insufficient_quota"),
        ("busy", 429, "rate_limit_exceeded"),
        ("forbidden", 401, "invalid_api_key"),
    ],
)
def test_a_callers_token_is_checked_by_the_provider(
    server: Server, kind: str, status: int, code: str
) -> None:
    body = {"model": LARGE, "prompt": new_prompt()}
    answer = generate(server, new_token("stability", kind), body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
