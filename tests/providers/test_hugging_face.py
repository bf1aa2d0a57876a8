"""Hugging Face's Inference Providers through easel."""

import base64
from dataclasses import replace
from typing import Any

import httpx2
import openai
import pytest

from fakes.calls import Call
from fakes.server import Fake
from support.cases import PNG, Case, came, gaps, order, reached
from support.gateway import generate, new_token, sdk_for
from support.pictures import picture
from support.server import Server, new_prompt

FLUX = "hf/black-forest-labs/FLUX"
SCHNELL = f"{FLUX}.1-schnell"
KONTEXT = f"{FLUX}.1-Kontext-dev"
STABLE = "hf/stabilityai/stable-diffusion"
WIDE = {"size": "512x256"}
SIDES = {"width": 512, "height": 256}
ASKED = {**WIDE, "steps": 5, "guidance": 2.5, "seed": 7}
TUNED = {"num_inference_steps": 5, "guidance_scale": 2.5, "seed": 7}
NEGATIVE = {"negative_prompt": "fog"}


def case(model: str, asked: dict[str, Any], sent: dict[str, Any], came_as: str = "PNG") -> Case:
    """A generation or, where the model only edits, an edit, of 512x256 pixels."""
    task = "edit" if "Kontext" in model or "Edit" in model else "generate"
    return Case(model, task, asked, sent, (came_as, (512, 256)))


FAL = {**TUNED, "image_size": SIDES}
FAL_EDIT = {**FAL, "image_url": PNG, "image_urls": [PNG]}
WAVE = {**TUNED, "size": "512*256"}

# With the place below the router where each is asked.
CASES = [
    (case(SCHNELL, ASKED, {**TUNED, **SIDES}), f"/hf-inference/models/{SCHNELL[3:]}"),
    (case(f"{SCHNELL}:fal-ai", ASKED, FAL, "JPEG"), "/fal-ai/fal-ai/flux/schnell"),
    (
        case(
            f"{SCHNELL}:together",
            ASKED,
            {**SIDES, "steps": 5, "guidance_scale": 2.5, "seed": 7},
        ),
        "/together/v1/images/generations",
    ),
    (
        case(f"{SCHNELL}:nscale", {**WIDE, **NEGATIVE}, {"size": "512x256", **NEGATIVE}),
        "/nscale/v1/images/generations",
    ),
    (
        case(f"{SCHNELL}:replicate", ASKED, {**TUNED, **SIDES}),
        "/replicate/v1/models/black-forest-labs/flux-schnell/predictions",
    ),
    (case(f"{SCHNELL}:wavespeed", ASKED, WAVE), "/wavespeed/api/v3/wavespeed-ai/flux-schnell"),
    (case(f"{FLUX}.1-dev", ASKED, FAL, "JPEG"), "/fal-ai/fal-ai/flux/dev"),
    (case(f"{FLUX}.1-Krea-dev", ASKED, WAVE), "/wavespeed/api/v3/wavespeed-ai/flux-1-krea-dev"),
    (
        case(f"{STABLE}-xl-base-1.0", {**ASKED, **NEGATIVE}, {**TUNED, **SIDES, **NEGATIVE}),
        "/replicate/v1/predictions",
    ),
    (
        case(f"{STABLE}-3.5-large", {**ASKED, **NEGATIVE}, {**TUNED, **SIDES, **NEGATIVE}),
        "/hf-inference/models/stabilityai/stable-diffusion-3.5-large",
    ),
    (
        case(f"{STABLE}-3.5-large-turbo", ASKED, {**TUNED, **SIDES}),
        "/replicate/v1/models/stability-ai/stable-diffusion-3.5-large-turbo/predictions",
    ),
    (
        case("hf/Qwen/Qwen-Image", {**ASKED, **NEGATIVE}, {**FAL, **NEGATIVE}, "JPEG"),
        "/fal-ai/fal-ai/qwen-image",
    ),
    (
        case(
            "hf/Tongyi-MAI/Z-Image-Turbo",
            ASKED,
            {**SIDES, "steps": 5, "guidance_scale": 2.5, "seed": 7},
        ),
        "/together/v1/images/generations",
    ),
    (case(KONTEXT, ASKED, FAL_EDIT, "JPEG"), "/fal-ai/fal-ai/flux-kontext/dev"),
    (
        case("hf/Qwen/Qwen-Image-Edit", {**ASKED, **NEGATIVE}, {**FAL_EDIT, **NEGATIVE}, "JPEG"),
        "/fal-ai/fal-ai/qwen-image-edit",
    ),
    (
        case(f"{KONTEXT}:together", WIDE, {**SIDES, "image_url": PNG}),
        "/together/v1/images/generations",
    ),
    (
        case(
            f"{KONTEXT}:replicate",
            WIDE,
            {
                **SIDES,
                "image": PNG,
                "images": [PNG],
                "input_image": PNG,
                "input_images": [PNG],
            },
        ),
        "/replicate/v1/models/black-forest-labs/flux-kontext-dev/predictions",
    ),
    (
        case(f"{KONTEXT}:wavespeed", WIDE, {"size": "512*256", "image": PNG}),
        "/wavespeed/api/v3/wavespeed-ai/flux-kontext-dev",
    ),
    (
        case(
            f"{SCHNELL}:hf-inference",
            {"scheduler": "EulerDiscreteScheduler", **WIDE},
            {"scheduler": "EulerDiscreteScheduler", **SIDES},
        ),
        f"/hf-inference/models/{SCHNELL[3:]}",
    ),
]


def asked(call: Call) -> dict[str, Any]:
    """The parameters of a call beside the prompt and the model, at any depth."""
    body = {**(call.json or {})}
    body |= body.pop("parameters", {})
    body |= body.pop("input", {})
    usual = ("inputs", "prompt", "model", "response_format", "version")
    expected = {name: value for name, value in body.items() if name not in usual}
    return reached(replace(call, json=expected))


@pytest.mark.parametrize(("case", "path"), CASES, ids=lambda one: str(one).replace("/", "_"))
def test_each_inference_provider_is_called_in_its_own_format(
    case: Case, path: str, server: Server, hugging_face: Fake, http: httpx2.Client
) -> None:
    prompt, bearer = new_prompt(), new_token("hf")
    with sdk_for(server, bearer) as sdk:
        answer = order(sdk, case, prompt)
    (call,) = hugging_face.calls(prompt)
    assert call.path == path
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('hf:')}"
    assert asked(call) == case.reached
    assert came(answer.data[0].url, http) == case.came
    assert hugging_face.bought(prompt) == 1


def test_every_model_and_parameter_has_a_case() -> None:
    assert gaps("hf", [case for case, _ in CASES]) == set()


def test_hugging_faces_own_models_receive_plain_base64(
    server: Server, hugging_face: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    edit = Case(f"{KONTEXT}:hf-inference", "edit", WIDE, {}, ("PNG", (512, 256)))
    with sdk_for(server, new_token("hf")) as sdk:
        answer = order(sdk, edit, prompt)
    (call,) = hugging_face.calls(prompt)
    assert call.json is not None
    assert picture(base64.b64decode(call.json["inputs"])).size == (640, 480)
    assert call.json["parameters"] == {"prompt": prompt, "target_size": SIDES}
    assert came(answer.data[0].url, http) == edit.came


def test_a_given_version_is_sent_to_replicate(server: Server, hugging_face: Fake) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("hf")) as sdk:
        sdk.images.generate(model=f"{STABLE}-xl-base-1.0", prompt=prompt)
    (call,) = hugging_face.calls(prompt)
    assert call.json == {"input": {"prompt": prompt}, "version": "7762fd07cf82"}
    assert call.headers["prefer"] == "wait"


def test_a_seed_reported_by_the_provider_is_returned(server: Server) -> None:
    body = {"model": f"{SCHNELL}:fal-ai", "prompt": new_prompt()}
    assert generate(server, new_token("hf"), body).headers["x-easel-seed"] == "42"


def test_images_can_be_returned_as_base64(server: Server) -> None:
    with sdk_for(server, new_token("hf")) as sdk:
        answer = sdk.images.generate(
            model=SCHNELL, prompt=new_prompt(), n=2, response_format="b64_json"
        )
    images = [picture(base64.b64decode(image.b64_json or "")) for image in answer.data or []]
    assert [(image.format, image.size) for image in images] == [("PNG", (1024, 1024))] * 2


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("hf/nobody/nothing", "Repository not found"),
        ("hf/somebody/served-by-nobody", "Providers that do: none"),
        ("hf/somebody/served-elsewhere", "Providers that do: nebius"),
        (f"{SCHNELL}:nebius", "'nebius' does not serve"),
        ("hf/../../api/whoami-v2", "OWNER/NAME"),
        ("hf/a b/c", "OWNER/NAME"),
    ],
)
def test_a_model_without_a_provider_is_a_404(server: Server, model: str, words: str) -> None:
    answer = generate(server, new_token("hf"), {"model": model, "prompt": new_prompt()})
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error["code"] == "model_not_found"
    assert words in error["message"]


def test_an_unsupported_parameter_is_named_as_the_caller_wrote_it(server: Server) -> None:
    body = {"model": f"{SCHNELL}:nscale", "prompt": new_prompt(), "steps": 4}
    error = generate(server, new_token("hf"), body).json()["error"]
    assert (error["code"], error["param"]) == ("unsupported_parameter", "steps")


@pytest.mark.parametrize(
    ("kind", "status", "code", "retry"),
    [
        ("quota", 429, "insufficient_quota", False),
        ("rate", 429, "rate_limit_exceeded", True),
        ("content", 400, "content_policy_violation", False),
        ("parameter", 400, "invalid_value", False),
        ("model", 404, "model_not_found", False),
        ("down", 503, "upstream_unavailable", True),
        ("crash", 502, "upstream_error", False),
        ("busy", 502, "upstream_not_started", True),
        ("slow", 504, "upstream_timeout", False),
    ],
)
def test_each_kind_of_failure_has_its_code(
    server: Server, hugging_face: Fake, kind: str, status: int, code: str, retry: bool
) -> None:
    prompt = new_prompt(f"[fake error {kind}] [fake retry-after 7]")
    answer = generate(server, new_token("hf"), {"model": SCHNELL, "prompt": prompt})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers.get("x-should-retry") == (None if retry else "false")
    # Of a quota Hugging Face names no time: it is the one after which easel asks again.
    waits = {"rate": "7", "down": "7", "quota": "21600"}
    assert answer.headers.get("retry-after") == waits.get(kind)
    assert hugging_face.bought(prompt) == 0


@pytest.mark.parametrize("directive", ["truncate", "garbage", "html", "empty"])
def test_bytes_without_an_image_are_an_error(server: Server, directive: str) -> None:
    body = {"model": SCHNELL, "prompt": new_prompt(f"[fake {directive}]")}
    answer = generate(server, new_token("hf"), body)
    assert answer.status_code == 502
    assert answer.headers["x-should-retry"] == "false"


def test_a_request_waits_for_a_model_that_is_loading(server: Server, hugging_face: Fake) -> None:
    prompt = new_prompt("[fake error down x1]")
    answer = generate(server, new_token("hf"), {"model": SCHNELL, "prompt": prompt})
    assert answer.status_code == 200
    assert len(hugging_face.calls(prompt)) == 2


def test_a_task_past_its_deadline_is_cancelled(server: Server, hugging_face: Fake) -> None:
    prompt, bearer = new_prompt("[fake stall]"), new_token("hf")
    edit = Case(KONTEXT, "edit", {}, {}, ("JPEG", (1024, 1024)))
    with sdk_for(server, bearer) as sdk, pytest.raises(openai.APIStatusError) as caught:
        order(sdk, edit, prompt)
    assert caught.value.status_code == 504
    shown = f"Bearer {bearer.removeprefix('hf:')}"
    others = [call for call in hugging_face.calls("") if call.headers.get("authorization") == shown]
    assert (others[-1].method, others[-1].path.rsplit("/", 1)[1]) == ("PUT", "cancel")
    assert {call.query.get("_subdomain") for call in others[1:]} == {"queue"}


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("bad", 401, "invalid_api_key"),
        ("forbidden", 401, "invalid_api_key"),
        ("broke", 429, "insufficient_quota"),
        ("busy", 429, "rate_limit_exceeded"),
    ],
)
def test_an_error_about_a_callers_token_is_reported_to_the_caller(
    server: Server, kind: str, status: int, code: str
) -> None:
    body = {"model": SCHNELL, "prompt": new_prompt()}
    answer = generate(server, new_token("hf", kind), body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_the_next_token_is_used_when_one_has_no_quota_left(
    server: Server, hugging_face: Fake
) -> None:
    prompt = new_prompt()
    bearer = f"{new_token('hf', 'broke')},{new_token('hf').removeprefix('hf:')}"
    answer = generate(server, bearer, {"model": SCHNELL, "prompt": prompt})
    assert answer.status_code == 200
    assert hugging_face.bought(prompt) == 1
