"""Replicate through easel."""

import base64
from typing import Any

import httpx2
import pytest

from fakes.calls import Call
from fakes.replicate import SEED
from fakes.replicate_models import COMMUNITY_VERSION
from fakes.server import Fake
from support.cases import JPEG, PNG, Case, came, gaps, order
from support.cases import reached as seen
from support.gateway import generate, new_token, sdk_for
from support.pictures import picture
from support.server import Server, new_prompt

SCHNELL = "black-forest-labs/flux-schnell"
SDXL_VERSION = "7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc"

FAST = {"seed": 7, "go_fast": False, "disable_safety_checker": True}
STEPS = ({"steps": 3}, {"num_inference_steps": 3})
PRO = {"seed": 7, "safety_tolerance": 1}
STRENGTH = ({"strength": 0.5}, {"prompt_strength": 0.5})
SAFETY = {"safety_filter_level": "block_only_high"}
SQUARE, WIDE = (1024, 1024), (1344, 768)
CUSTOM = {"aspect_ratio": "custom", "width": 512, "height": 768}

Pair = tuple[dict[str, Any], dict[str, Any]]


def both(*parts: Pair | dict[str, Any]) -> Pair:
    """The requested and the sent parameters; the same mapping where they are equal."""
    pairs = [part if isinstance(part, tuple) else (part, part) for part in parts]
    asked = {name: value for pair in pairs for name, value in pair[0].items()}
    return asked, {name: value for pair in pairs for name, value in pair[1].items()}


def made(
    model: str, pair: Pair, kind: str, size: tuple[int, int], expected: dict[str, Any]
) -> Case:
    """A generation of a size."""
    asked = {"size": f"{size[0]}x{size[1]}", **pair[0]}
    return Case(f"replicate/{model}", "generate", asked, {**expected, **pair[1]}, (kind, size))


def edited(
    model: str, pair: Pair, images: dict[str, Any], kind: str, size: tuple[int, int]
) -> Case:
    """An edit whose size is left to the model."""
    return Case(f"replicate/{model}", "edit", pair[0], {**pair[1], **images}, (kind, size))


FLUX = "black-forest-labs/flux"
RATIO = {"aspect_ratio": "16:9"}
SD3 = both(
    {"seed": 7, "steps": 20, "negative_prompt": "fog"},
    ({"guidance": 5}, {"cfg": 5}),
)
SDXL = both(
    {
        "seed": 7,
        "negative_prompt": "fog",
        "apply_watermark": False,
        "disable_safety_checker": True,
        "scheduler": "DDIM",
        "refine": "no_refiner",
    },
    STEPS,
    ({"guidance": 5}, {"guidance_scale": 5}),
)
QWEN = both(FAST, STEPS, {"guidance": 4, "negative_prompt": "fog", "enhance_prompt": True})
CASES = [
    made(f"{FLUX}-schnell", both(FAST, STEPS), "WEBP", WIDE, RATIO),
    made(f"{FLUX}-dev", both(FAST, STEPS, {"guidance": 2}), "WEBP", WIDE, RATIO),
    edited(
        f"{FLUX}-dev",
        both(FAST, STEPS, {"guidance": 2}, STRENGTH),
        {"image": PNG},
        "WEBP",
        SQUARE,
    ),
    made(f"{FLUX}-1.1-pro", both(PRO, {"prompt_upsampling": True}), "WEBP", (512, 768), CUSTOM),
    made(
        f"{FLUX}-1.1-pro-ultra",
        both(PRO, {"raw": True}),
        "JPEG",
        (2048, 2048),
        {"aspect_ratio": "1:1"},
    ),
    *(
        case
        for kind in ("pro", "max")
        for pair in [both(PRO, {"prompt_upsampling": True})]
        for case in (
            made(f"{FLUX}-kontext-{kind}", pair, "PNG", SQUARE, {"aspect_ratio": "1:1"}),
            edited(f"{FLUX}-kontext-{kind}", pair, {"input_image": PNG}, "PNG", SQUARE),
        )
    ),
    *(
        case
        for kind in ("pro", "max")
        for case in (
            made(f"{FLUX}-2-{kind}", both(PRO), "WEBP", (512, 768), CUSTOM),
            edited(f"{FLUX}-2-{kind}", both(PRO), {"input_images": [PNG, JPEG]}, "WEBP", SQUARE),
        )
    ),
    *(
        case
        for model in ("stable-diffusion-3", "stable-diffusion-3.5-large")
        for case in (
            made(f"stability-ai/{model}", SD3, "WEBP", WIDE, RATIO),
            edited(f"stability-ai/{model}", both(SD3, STRENGTH), {"image": PNG}, "WEBP", SQUARE),
        )
    ),
    made("stability-ai/sdxl", SDXL, "PNG", (512, 768), {"width": 512, "height": 768}),
    edited(
        "stability-ai/sdxl",
        both(SDXL, STRENGTH),
        {"image": PNG, "mask": PNG, "width": 640, "height": 480},
        "PNG",
        (640, 480),
    ),
    *(
        case
        for model, pair in (
            ("seedream-4", both({"enhance_prompt": False})),
            ("seedream-4.5", both()),
        )
        for case in (
            made(
                f"bytedance/{model}",
                pair,
                "JPEG",
                (2048, 1024),
                {"size": "custom", "width": 2048, "height": 1024},
            ),
            edited(f"bytedance/{model}", pair, {"image_input": [PNG, JPEG]}, "JPEG", (2048, 2048)),
        )
    ),
    made("google/nano-banana", both(), "JPEG", WIDE, RATIO),
    edited("google/nano-banana", both(), {"image_input": [PNG, JPEG]}, "JPEG", SQUARE),
    *(
        case
        for pair in [both(SAFETY, {"allow_fallback_model": False})]
        for case in (
            made("google/nano-banana-pro", pair, "JPEG", WIDE, {**RATIO, "resolution": "1K"}),
            made(
                "google/nano-banana-pro", pair, "JPEG", (2688, 1536), {**RATIO, "resolution": "2K"}
            ),
            edited("google/nano-banana-pro", pair, {"image_input": [PNG, JPEG]}, "JPEG", SQUARE),
        )
    ),
    made("google/imagen-4", both(SAFETY), "JPEG", (1408, 768), RATIO),
    made("google/imagen-4-fast", both(SAFETY), "JPEG", (1408, 768), RATIO),
    made("qwen/qwen-image", QWEN, "WEBP", (928, 1664), {"aspect_ratio": "9:16"}),
    edited("qwen/qwen-image", both(QWEN, {"strength": 0.5}), {"image": PNG}, "WEBP", (1664, 928)),
    made(
        "recraft-ai/recraft-v3",
        both({"style": "digital_illustration"}),
        "WEBP",
        (1820, 1024),
        {"size": "1820x1024"},
    ),
]


def inputs(call: Call) -> dict[str, Any]:
    """The model's inputs in a call, with images described as in `Case.reached`."""
    assert call.json is not None
    fields = Call(call.method, call.path, {}, {}, json=call.json["input"])
    return seen(fields)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_model_receives_the_request_and_its_image_is_stored(
    server: Server, replicate_fake: Fake, http: httpx2.Client, case: Case
) -> None:
    prompt, bearer = new_prompt(), new_token("replicate")
    with sdk_for(server, bearer) as sdk:
        answer = order(sdk, case, prompt)
    (call,) = replicate_fake.calls(prompt)
    assert inputs(call) == {"prompt": prompt, **case.reached}
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('replicate:')}"
    assert call.headers["prefer"] == "wait=5"
    (image,) = answer.data
    assert image.url.startswith(f"{server.url}/images/")
    assert came(image.url, http) == case.came
    assert replicate_fake.bought(prompt) == 1


def test_every_task_and_parameter_of_every_model_has_a_case() -> None:
    assert {gap for gap in gaps("replicate", CASES) if "/*: " not in gap} == set()


@pytest.mark.parametrize(
    ("model", "path", "version"),
    [
        (SCHNELL, f"models/{SCHNELL}/predictions", None),
        (
            "stability-ai/stable-diffusion-3",
            "models/stability-ai/stable-diffusion-3/predictions",
            None,
        ),
        ("stability-ai/stable-diffusion-xl", "predictions", SDXL_VERSION),
        (f"replicate/somebody/something:{COMMUNITY_VERSION}", "predictions", COMMUNITY_VERSION),
    ],
)
def test_a_model_runs_in_its_latest_or_a_given_version(
    server: Server, replicate_fake: Fake, model: str, path: str, version: str | None
) -> None:
    prompt = new_prompt()
    answer = generate(server, new_token("replicate"), {"model": model, "prompt": prompt})
    assert answer.status_code == 200, answer.text
    (call,) = replicate_fake.calls(prompt)
    assert call.path == f"/v1/{path}"
    assert call.json is not None
    assert call.json.get("version") == version
    assert "prompt" in call.json["input"]
    assert answer.headers["x-easel-seed"] == str(SEED)


def test_a_community_model_runs_in_its_latest_version(
    server: Server, replicate_fake: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    body = {"model": "replicate/somebody/something", "prompt": prompt, "size": "512x768"}
    answer = generate(server, new_token("replicate"), {**body, "steps": 9, "scheduler": "DDIM"})
    assert came(answer.json()["data"][0]["url"], http) == ("PNG", (512, 768))
    refused, begun = replicate_fake.calls(prompt)
    assert refused.path.endswith("/something/predictions")
    assert begun.json == {
        "version": COMMUNITY_VERSION,
        "input": {
            "prompt": prompt,
            "width": 512,
            "height": 768,
            "num_inference_steps": 9,
            "scheduler": "DDIM",
        },
    }


def test_six_images_are_two_calls(server: Server, replicate_fake: Fake) -> None:
    prompt = new_prompt()
    body = {"model": SCHNELL, "prompt": prompt, "n": 6}
    answer = generate(server, new_token("replicate"), body)
    assert len(answer.json()["data"]) == replicate_fake.bought(prompt) == 6
    expected = sorted(inputs(call)["num_outputs"] for call in replicate_fake.calls(prompt))
    assert expected == [2, 4]


def test_format_and_quality_have_the_models_own_names(
    server: Server, replicate_fake: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    body = {"model": SCHNELL, "prompt": prompt, "output_format": "jpeg", "output_compression": 55}
    answer = generate(server, new_token("replicate"), body)
    (call,) = replicate_fake.calls(prompt)
    assert inputs(call) == {"prompt": prompt, "output_format": "jpg", "output_quality": 55}
    assert came(answer.json()["data"][0]["url"], http) == ("JPEG", SQUARE)


@pytest.mark.parametrize("size", ["256x256", "512x512", "1024x1024", "1000x500"])
def test_an_unsupported_size_is_cropped_from_a_supported_one(
    server: Server, http: httpx2.Client, size: str
) -> None:
    body = {"model": SCHNELL, "prompt": new_prompt(), "size": size}
    answer = generate(server, new_token("replicate"), body)
    width, height = map(int, size.split("x"))
    assert came(answer.json()["data"][0]["url"], http) == ("WEBP", (width, height))


def test_a_size_that_the_model_cannot_make_is_refused(server: Server) -> None:
    body = {"model": SCHNELL, "prompt": new_prompt(), "size": "1792x1024"}
    answer = generate(server, new_token("replicate"), body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "size")


def test_an_image_is_returned_as_base64_on_request(server: Server) -> None:
    body = {"model": SCHNELL, "prompt": new_prompt(), "response_format": "b64_json"}
    answer = generate(server, new_token("replicate"), body)
    assert picture(base64.b64decode(answer.json()["data"][0]["b64_json"])).size == SQUARE


def test_a_task_that_is_done_at_once_is_not_polled(server: Server, replicate_fake: Fake) -> None:
    prompt = new_prompt()
    generate(server, new_token("replicate"), {"model": SCHNELL, "prompt": prompt})
    assert replicate_fake.notes(prompt) == []


def test_one_of_two_images_is_returned_when_the_other_fails(
    server: Server, replicate_fake: Fake
) -> None:
    prompt = new_prompt("[fake fewer]")
    body = {"model": SCHNELL, "prompt": prompt, "n": 2}
    answer = generate(server, new_token("replicate"), body)
    assert len(answer.json()["data"]) == replicate_fake.bought(prompt) == 1
    assert answer.headers["x-easel-missing"] == "1"


@pytest.mark.parametrize(
    ("given", "param"),
    [({"steps": 3}, "steps"), ({"num_inference_steps": 3}, "num_inference_steps")],
)
def test_an_error_names_the_parameter_as_the_caller_wrote_it(
    server: Server, given: dict[str, int], param: str
) -> None:
    body = {"model": SCHNELL, "prompt": new_prompt("[fake error parameter]"), **given}
    answer = generate(server, new_token("replicate"), body)
    assert answer.json()["error"]["param"] == param


@pytest.mark.parametrize("model", ["replicate/nobody/nothing", "replicate/a/../b", "replicate/a"])
def test_a_name_that_is_not_a_model_is_a_404(server: Server, model: str) -> None:
    answer = generate(server, new_token("replicate"), {"model": model, "prompt": new_prompt()})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


def test_a_download_shows_no_token(server: Server, replicate_fake: Fake) -> None:
    prompt = new_prompt()
    generate(server, new_token("replicate"), {"model": SCHNELL, "prompt": prompt})
    (download,) = replicate_fake.downloads(prompt)
    assert "authorization" not in download.headers
