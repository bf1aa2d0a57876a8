"""fal through easel."""

import base64
from typing import Any

import httpx2
import pytest

from fakes.fal import SEED
from fakes.server import Fake
from support.cases import JPEG, PNG, Case, came, gaps, order, reached
from support.gateway import generate, new_token, sdk_for
from support.pictures import photo, picture
from support.server import Server, new_prompt

SCHNELL, DEV = "fal-ai/flux/schnell", "fal-ai/flux/dev"
PHOTO = photo(640, 480)
SIZED = {"image_size": {"width": 512, "height": 768}}
LORAS = [{"path": "https://example.com/lora", "scale": 0.5}]

SAFE = {"seed": 7, "enable_safety_checker": False}
STEPS = ({"steps": 5}, {"num_inference_steps": 5})
GUIDANCE = ({"guidance": 3}, {"guidance_scale": 3})
FLUX = {**SAFE, "acceleration": "regular"}
PRO = {"seed": 7, "safety_tolerance": "5", "enhance_prompt": True}
PRO_2 = {**SAFE, "safety_tolerance": "5"}
SD = {**SAFE, "negative_prompt": "fog"}
BANANA = {"seed": 7, "safety_tolerance": "6", "limit_generations": True}

Pair = tuple[dict[str, Any], dict[str, Any]]


def both(*parts: Pair | dict[str, Any]) -> Pair:
    """The requested and the sent parameters; the same mapping where they are equal."""
    pairs = [part if isinstance(part, tuple) else (part, part) for part in parts]
    asked = {name: value for pair in pairs for name, value in pair[0].items()}
    return asked, {name: value for pair in pairs for name, value in pair[1].items()}


def made(
    model: str,
    pair: Pair,
    kind: str = "JPEG",
    size: tuple[int, int] = (512, 768),
    expected: Any = SIZED,
) -> Case:
    """A generation of a size."""
    asked = {"size": f"{size[0]}x{size[1]}", **pair[0]}
    return Case(f"fal-ai/{model}", "generate", asked, {**expected, **pair[1]}, (kind, size))


def edited(
    model: str, pair: Pair, images: dict[str, Any], kind: str, size: tuple[int, int]
) -> Case:
    """An edit whose size is left to the model."""
    return Case(f"fal-ai/{model}", "edit", pair[0], {**pair[1], **images}, (kind, size))


ONE, LIST, TWO = {"image_url": PNG}, {"image_urls": [PNG]}, {"image_urls": [PNG, JPEG]}
SQUARE = (1024, 1024)
FITTED = {"image_url": "image/png 640x480"}
WIDE = ((1344, 768), {"aspect_ratio": "16:9"})

KONTEXT = both(PRO, GUIDANCE)
CASES = [
    made("flux/schnell", both(FLUX, STEPS, GUIDANCE)),
    made("flux/dev", both(FLUX, STEPS, GUIDANCE)),
    made("flux/krea", both(FLUX, STEPS, GUIDANCE)),
    made("flux-lora", both(FLUX, STEPS, GUIDANCE, {"loras": LORAS})),
    edited(
        "flux/dev/image-to-image",
        both(FLUX, ({"steps": 15}, {"num_inference_steps": 15}), GUIDANCE, {"strength": 0.5}),
        FITTED,
        "JPEG",
        (640, 480),
    ),
    made("flux-pro/v1.1", both(PRO)),
    made(
        "flux-pro/v1.1-ultra",
        both(PRO, {"raw": True}),
        size=(2048, 2048),
        expected={"aspect_ratio": "1:1"},
    ),
    *(
        case
        for model in ("flux-pro/kontext", "flux-pro/kontext/max")
        for case in (
            made(model, KONTEXT, size=SQUARE, expected={"aspect_ratio": "1:1"}),
            edited(model, KONTEXT, ONE, "JPEG", SQUARE),
        )
    ),
    edited("flux-pro/kontext/multi", KONTEXT, TWO, "JPEG", SQUARE),
    edited("flux-pro/v1/fill", both(PRO), {**FITTED, "mask_url": PNG}, "JPEG", (640, 480)),
    *(
        case
        for pair in [
            both(
                FLUX,
                STEPS,
                GUIDANCE,
                {"enable_prompt_expansion": True},
            )
        ]
        for case in (
            made("flux-2", pair, "PNG"),
            edited("flux-2", pair, TWO, "PNG", SQUARE),
        )
    ),
    made("flux-2/klein/9b", both(SAFE, STEPS)),
    edited("flux-2/klein/9b", both(SAFE, STEPS), TWO, "JPEG", SQUARE),
    *(
        case
        for model, pair in (
            ("flux-2-pro", both(PRO_2)),
            ("flux-2-max", both(PRO_2)),
            ("flux-2-flex", both(PRO_2, STEPS, GUIDANCE)),
        )
        for case in (made(model, pair), edited(model, pair, TWO, "JPEG", SQUARE))
    ),
    made("fast-sdxl", both(SD, STEPS, GUIDANCE, {"loras": LORAS, "expand_prompt": True})),
    edited(
        "fast-sdxl/image-to-image",
        both(SD, STEPS, GUIDANCE, {"loras": LORAS, "expand_prompt": True, "strength": 0.5}),
        {**FITTED, "image_size": {"width": 640, "height": 480}},
        "JPEG",
        (640, 480),
    ),
    edited(
        "fast-sdxl/inpainting",
        both(SD, STEPS, GUIDANCE, {"loras": LORAS, "expand_prompt": True, "strength": 0.5}),
        {**FITTED, "mask_url": PNG, "image_size": {"width": 640, "height": 480}},
        "JPEG",
        (640, 480),
    ),
    made("stable-diffusion-v3-medium", both(SD, STEPS, GUIDANCE, {"prompt_expansion": True})),
    made("stable-diffusion-v35-large", both(SD, STEPS, GUIDANCE, {"loras": LORAS})),
    made("stable-diffusion-v35-medium", both(SD, STEPS, GUIDANCE)),
    made(
        "qwen-image",
        both(SD, FLUX, STEPS, GUIDANCE, {"loras": LORAS, "use_turbo": False}),
        "PNG",
    ),
    edited("qwen-image-edit", both(SD, FLUX, STEPS, GUIDANCE), ONE, "PNG", (640, 480)),
    edited("qwen-image-edit-2511", both(SD, FLUX, STEPS, GUIDANCE), TWO, "PNG", (640, 480)),
    made("z-image/turbo", both(FLUX, STEPS, {"enable_prompt_expansion": True}), "PNG"),
    *(
        case
        for model, pair in (
            ("bytedance/seedream/v4", both(SAFE, {"enhance_prompt_mode": "fast"})),
            ("bytedance/seedream/v4.5", both(SAFE)),
        )
        for case in (
            made(model, pair, "PNG", (2048, 2048), {"image_size": {"width": 2048, "height": 2048}}),
            edited(model, pair, TWO, "PNG", SQUARE),
        )
    ),
    *(
        case
        for model, more in (
            ("nano-banana", {}),
            ("nano-banana-2", {"enable_web_search": True, "resolution": "1K"}),
            ("nano-banana-pro", {"enable_web_search": True, "resolution": "1K"}),
        )
        for case in (
            made(model, both(BANANA, more), "PNG", *WIDE),
            edited(model, both(BANANA, more), TWO, "PNG", SQUARE),
        )
    ),
    *(
        made(
            f"imagen4/preview{kind}",
            both({"seed": 7, "safety_tolerance": "6"}),
            "PNG",
            (1408, 768),
            {"aspect_ratio": "16:9"},
        )
        for kind in ("", "/fast", "/ultra")
    ),
    made(
        "recraft/v3/text-to-image",
        both(
            {
                "style": "digital_illustration/pixel_art",
                "style_id": "x",
                "colors": [{"r": 1, "g": 2, "b": 3}],
                "enable_safety_checker": True,
            }
        ),
        "WEBP",
        (1820, 1024),
        {"image_size": {"width": 1820, "height": 1024}},
    ),
    made(
        "ideogram/v3",
        both(
            {
                "seed": 7,
                "rendering_speed": "TURBO",
                "expand_prompt": False,
                "style_preset": "AURA",
                "negative_prompt": "fog",
                "style": "DESIGN",
            }
        ),
        "PNG",
    ),
    edited(
        "ideogram/v3/edit",
        both(
            {
                "seed": 7,
                "rendering_speed": "TURBO",
                "expand_prompt": False,
                "style_preset": "AURA",
            }
        ),
        {"image_url": "image/png 688x512", "mask_url": "image/png 688x512"},
        "PNG",
        (688, 512),
    ),
    made("hidream-i1-full", both(SD, STEPS, GUIDANCE, {"loras": LORAS})),
    *(
        case
        for pair in [both({"quality": "low", "background": "opaque"})]
        for case in (
            made("gpt-image-1.5", pair, "PNG", (1536, 1024), {"image_size": "1536x1024"}),
            edited("gpt-image-1.5", pair, TWO, "PNG", SQUARE),
        )
    ),
]
# What no card is made for, by fal's own name and behind our prefix.
UNKNOWN = [
    made("kolors", both(SD, STEPS, GUIDANCE)),
    Case("fal/fal-ai/kolors", "generate", {"seed": 7}, {"seed": 7}, ("JPEG", SQUARE)),
]


def wanted(case: Case, prompt: str) -> dict[str, Any]:
    """The body that must have reached fal."""
    return {"prompt": prompt, **case.reached}


@pytest.mark.parametrize("case", CASES + UNKNOWN, ids=str)
def test_each_model_receives_the_request_and_its_image_is_stored(
    server: Server, fal: Fake, http: httpx2.Client, case: Case
) -> None:
    prompt, bearer = new_prompt(), new_token("fal")
    with sdk_for(server, bearer) as sdk:
        answer = order(sdk, case, prompt)
    (call,) = fal.calls(prompt)
    assert reached(call) == wanted(case, prompt)
    assert call.headers["authorization"] == f"Key {bearer.removeprefix('fal:')}"
    (image,) = answer.data
    assert image.url.startswith(f"{server.url}/images/")
    assert came(image.url, http) == case.came
    assert fal.bought(prompt) == 1


def test_every_task_of_every_model_has_a_case() -> None:
    # Variations have a test of their own; the cards of all other models know all there may be.
    others = {gap for gap in gaps("fal", CASES) if not gap.endswith(": vary")}
    assert {gap for gap in others if "/*: " not in gap} == set()


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (SCHNELL, f"/run/{SCHNELL}"),
        (f"fal/{SCHNELL}", f"/run/{SCHNELL}"),
        (DEV, f"/queue/{DEV}"),
        ("fal-ai/kolors", "/queue/fal-ai/kolors"),
        ("fal/fal-ai/kolors", "/queue/fal-ai/kolors"),
        ("fal-ai/flux-pro/kontext", "/queue/fal-ai/flux-pro/kontext/text-to-image"),
    ],
)
def test_a_model_is_called_synchronously_or_through_the_queue(
    server: Server, fal: Fake, model: str, path: str
) -> None:
    prompt = new_prompt()
    answer = generate(server, new_token("fal"), {"model": model, "prompt": prompt})
    assert answer.status_code == 200, answer.text
    assert [call.path for call in fal.calls(prompt)] == [path]
    # The seed that fal has drawn is returned.
    assert answer.headers["x-easel-seed"] == str(SEED)


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("fal-ai/flux-2", "/queue/fal-ai/flux-2/edit"),
        ("fal-ai/flux-2/edit", "/queue/fal-ai/flux-2/edit"),
        ("fal-ai/flux-2/turbo/edit", "/queue/fal-ai/flux-2/turbo/edit"),
        ("fal/somebody/something/image-to-image", "/queue/somebody/something/image-to-image"),
    ],
)
def test_an_edit_goes_to_the_endpoint_for_edits(
    server: Server, fal: Fake, model: str, path: str
) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("fal")) as sdk:
        answer = sdk.images.edit(model=model, prompt=prompt, image=("a.png", PHOTO))
    assert answer.data
    (call,) = fal.calls(prompt)
    assert call.path == path
    one = path.endswith("image-to-image")
    assert reached(call) == {"prompt": prompt, **(ONE if one else LIST)}


@pytest.mark.parametrize("model", ["flux/dev/image-to-image", "fast-sdxl/image-to-image"])
def test_a_variation_is_sent_as_an_edit(server: Server, model: str) -> None:
    model = f"fal-ai/{model}"
    headers = {"authorization": f"Bearer {new_token('fal')}"}
    with server.client() as client:
        answer = client.post(
            "/v1/images/variations",
            headers=headers,
            data={"model": model},
            files={"image": ("a.png", PHOTO)},
        )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("size", ["256x256", "512x512", "1024x1024", "1792x1024", "1024x1792"])
@pytest.mark.parametrize("model", [SCHNELL, DEV])
def test_every_size_of_openai_is_generated(
    server: Server, http: httpx2.Client, model: str, size: str
) -> None:
    body = {"model": model, "prompt": new_prompt(), "size": size}
    answer = generate(server, new_token("fal"), body)
    width, height = map(int, size.split("x"))
    assert came(answer.json()["data"][0]["url"], http) == ("JPEG", (width, height))


def test_ten_images_are_three_calls(server: Server, fal: Fake) -> None:
    prompt = new_prompt()
    body = {"model": SCHNELL, "prompt": prompt, "n": 10, "size": "256x256"}
    answer = generate(server, new_token("fal"), body)
    assert len(answer.json()["data"]) == fal.bought(prompt) == 10
    assert sorted(reached(call)["num_images"] for call in fal.calls(prompt)) == [2, 4, 4]


def test_another_format_is_requested_by_the_models_own_name(
    server: Server, fal: Fake, http: httpx2.Client
) -> None:
    for model, name in ((SCHNELL, "output_format"), ("fal-ai/fast-sdxl", "format")):
        prompt = new_prompt()
        body = {"model": model, "prompt": prompt, "output_format": "png"}
        answer = generate(server, new_token("fal"), body)
        assert reached(fal.calls(prompt)[0])[name] == "png"
        assert came(answer.json()["data"][0]["url"], http)[0] == "PNG"


def test_a_key_with_a_colon_is_sent_whole(server: Server, fal: Fake) -> None:
    prompt, bearer = new_prompt(), new_token("fal") + ":secret"
    body = {"model": SCHNELL, "prompt": prompt, "response_format": "b64_json"}
    answer = generate(server, bearer, body)
    assert picture(base64.b64decode(answer.json()["data"][0]["b64_json"])).size == (1024, 768)
    (call,) = fal.calls(prompt)
    assert call.headers["authorization"] == f"Key {bearer.removeprefix('fal:')}"


# --- What goes wrong


def test_one_of_two_images_is_returned_when_the_other_is_flagged(server: Server, fal: Fake) -> None:
    prompt = new_prompt("[fake flagged 1]")
    answer = generate(server, new_token("fal"), {"model": SCHNELL, "prompt": prompt, "n": 2})
    assert len(answer.json()["data"]) == 1
    assert fal.bought(prompt) == 2
    assert answer.headers["x-easel-missing"] == "1"


@pytest.mark.parametrize(
    ("given", "param"),
    [({"steps": 3}, "steps"), ({"num_inference_steps": 3}, "num_inference_steps")],
)
def test_an_error_names_the_parameter_as_the_caller_wrote_it(
    server: Server, given: dict[str, int], param: str
) -> None:
    body = {"model": SCHNELL, "prompt": new_prompt("[fake error parameter]"), **given}
    answer = generate(server, new_token("fal"), body)
    assert answer.json()["error"]["param"] == param


def test_several_keys_are_tried_in_turn(server: Server, fal: Fake) -> None:
    keys = [new_token("fal", kind)[4:] for kind in ("bad", "broke", "busy", "good")]
    prompt = new_prompt()
    answer = generate(server, f"fal:{','.join(keys)}", {"model": SCHNELL, "prompt": prompt})
    assert answer.status_code == 200
    shown = [call.headers["authorization"] for call in fal.calls(prompt)]
    assert shown == [f"Key {key}" for key in keys]


def test_a_download_shows_no_key(server: Server, fal: Fake) -> None:
    prompt = new_prompt()
    generate(server, new_token("fal"), {"model": DEV, "prompt": prompt})
    (download,) = fal.downloads(prompt)
    assert "authorization" not in download.headers


@pytest.mark.parametrize("model", ["fal-ai/../../x/y", "fal/a/b?c=d", "fal/alone"])
def test_an_endpoint_that_is_not_a_model_is_a_404(server: Server, model: str) -> None:
    answer = generate(server, new_token("fal"), {"model": model, "prompt": new_prompt()})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
