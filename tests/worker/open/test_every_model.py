"""Every task of every Workers AI model: its inputs, its response and the stored image."""

from dataclasses import dataclass
from typing import Any

import httpx2
import openai
import pytest

from easel.catalog import CATALOG
from support.pictures import mask, photo, picture
from support.server import Server, key_of, new_prompt


@dataclass(frozen=True)
class Case:
    """One task of one model.

    Attributes:
        asked: what the caller says beside the prompt.
        reached: the inputs that must reach the model beside the prompt.
        came: format and size that must come back.
    """

    model: str
    task: str
    asked: dict[str, Any]
    reached: dict[str, Any]
    came: tuple[str, tuple[int, int]]


def image(width: int, height: int, image_format: str = "png", **more: str) -> dict[str, Any]:
    """An image as the log of the stand-in for Workers AI shows it."""
    return {**more, "format": image_format, "width": width, "height": height}


def hosted(owner_and_name: str) -> str:
    return f"@cf/{owner_and_name}"


FLUX_FORM = {"width": "1024", "height": "1024", "seed": "7"}
SD = {"num_steps": 5, "seed": 7, "guidance": 3, "negative_prompt": "fog"}
SD_ASKED = {"steps": 5, "seed": 7, "guidance": 3, "negative_prompt": "fog"}

CASES = [
    Case(
        hosted("black-forest-labs/flux-1-schnell"),
        "generate",
        {"steps": 2, "seed": 7},
        {"steps": 2, "seed": 7},
        ("JPEG", (1024, 1024)),
    ),
    Case(
        hosted("black-forest-labs/flux-2-dev"),
        "generate",
        {"steps": 9, "guidance": 2.5, "seed": 7, "size": "1024x1024"},
        {"multipart": {**FLUX_FORM, "steps": "9", "guidance": "2.5"}},
        ("JPEG", (1024, 1024)),
    ),
    Case(
        hosted("black-forest-labs/flux-2-dev"),
        "edit",
        {"seed": 7, "size": "500x300"},
        {
            "multipart": {
                "width": "512",
                "height": "304",
                "seed": "7",
                "steps": "25",
                "input_image_0": image(511, 383),
                "input_image_1": image(200, 100, "jpeg"),
            }
        },
        ("JPEG", (500, 300)),
    ),
    *(
        Case(
            hosted(f"black-forest-labs/flux-2-klein-{size}"),
            task,
            {"guidance": 2, "seed": 7},
            {"multipart": {**FLUX_FORM, "guidance": "2", **images}},
            ("JPEG", (1024, 1024)),
        )
        for size in ("4b", "9b")
        for task, images in (
            ("generate", {}),
            ("edit", {"input_image_0": image(511, 383), "input_image_1": image(200, 100, "jpeg")}),
        )
    ),
    Case(
        hosted("leonardo/lucid-origin"),
        "generate",
        {"steps": 3, "guidance": 0, "seed": 7},
        {"num_steps": 3, "guidance": 0, "seed": 7, "width": 1120, "height": 1120},
        ("JPEG", (1120, 1120)),
    ),
    Case(
        hosted("leonardo/phoenix-1.0"),
        "generate",
        {"steps": 3, "guidance": 2, "seed": 7, "negative_prompt": "fog", "size": "640x480"},
        {
            "num_steps": 3,
            "guidance": 2,
            "seed": 7,
            "negative_prompt": "fog",
            "width": 640,
            "height": 480,
        },
        ("JPEG", (640, 480)),
    ),
    *(
        Case(
            hosted(name),
            "generate",
            SD_ASKED,
            {**SD, "width": side, "height": side},
            ("PNG", (side, side)),
        )
        for name, side in (
            ("stabilityai/stable-diffusion-xl-base-1.0", 1024),
            ("bytedance/stable-diffusion-xl-lightning", 1024),
            ("lykon/dreamshaper-8-lcm", 512),
        )
    ),
    Case(
        hosted("runwayml/stable-diffusion-v1-5-img2img"),
        "edit",
        {**SD_ASKED, "strength": 0.25},
        {**SD, "strength": 0.25, "width": 640, "height": 480, "image_b64": image(640, 480)},
        ("PNG", (640, 480)),
    ),
    Case(
        hosted("runwayml/stable-diffusion-v1-5-img2img"),
        "vary",
        {"seed": 7},
        {"strength": 0.5, "seed": 7, "width": 640, "height": 480, "image_b64": image(640, 480)},
        ("PNG", (640, 480)),
    ),
    Case(
        hosted("runwayml/stable-diffusion-v1-5-inpainting"),
        "edit",
        {**SD_ASKED, "strength": 1, "size": "320x256"},
        {
            **SD,
            "strength": 1,
            "width": 320,
            "height": 256,
            "image_b64": image(320, 256),
            "mask": image(320, 256),
        },
        ("PNG", (320, 256)),
    ),
    Case(
        "workers-ai/openai/gpt-image-1.5",
        "generate",
        {"quality": "low", "style": "vivid", "size": "1792x1024"},
        {"quality": "low", "style": "vivid", "size": "1792x1024"},
        ("PNG", (1792, 1024)),
    ),
    Case(
        "workers-ai/openai/gpt-image-1.5",
        "edit",
        {"size": "300x300"},
        {
            "size": "512x512",
            "images": [
                image(640, 480, mediaType="image/png"),
                image(200, 100, "jpeg", mediaType="image/jpeg"),
            ],
        },
        ("PNG", (300, 300)),
    ),
    Case(
        "workers-ai/google/nano-banana",
        "generate",
        {"image_size": "1K", "aspect_ratio": "16:9", "output_format": "png"},
        {"image_size": "1K", "aspect_ratio": "16:9", "output_format": "png"},
        ("PNG", (1024, 576)),
    ),
    Case(
        "workers-ai/google/nano-banana",
        "edit",
        {"size": "800x800", "output_format": "webp"},
        {
            "aspect_ratio": "1:1",
            "output_format": "webp",
            "image_input": [
                image(640, 480, mediaType="image/png"),
                image(200, 100, "jpeg", mediaType="image/jpeg"),
            ],
        },
        ("WEBP", (800, 800)),
    ),
    Case(
        "workers-ai/google/imagen-4",
        "generate",
        {"person_generation": "dont_allow", "size": "600x800"},
        {"person_generation": "dont_allow", "aspect_ratio": "3:4"},
        ("JPEG", (600, 800)),
    ),
    Case(
        "workers-ai/recraft/recraftv4",
        "generate",
        {"style": "realistic", "substyle": "hdr", "controls": {"colors": [{"rgb": [1, 2, 3]}]}},
        {
            "style": "realistic",
            "substyle": "hdr",
            "controls": {"colors": [{"rgb": [1, 2, 3]}]},
            "size": "1024x1024",
        },
        ("PNG", (1024, 1024)),
    ),
    Case(
        "workers-ai/xai/grok-imagine-image",
        "generate",
        {"quality": "low", "resolution": "1k", "aspect_ratio": "2:1"},
        {"quality": "low", "resolution": "1k", "aspect_ratio": "2:1"},
        ("JPEG", (1024, 512)),
    ),
    Case(
        "workers-ai/xai/grok-imagine-image",
        "edit",
        {"size": "512x512"},
        {
            "aspect_ratio": "1:1",
            "images": [
                {"url": image(640, 480, mediaType="image/png")},
                {"url": image(200, 100, "jpeg", mediaType="image/jpeg")},
            ],
            "mask": {"url": image(640, 480, mediaType="image/png")},
        },
        ("JPEG", (512, 512)),
    ),
]


def call(sdk: openai.OpenAI, case: Case, prompt: str) -> Any:
    """Request a case with the SDK's method for its task."""
    card = CATALOG[case.model]
    known: dict[str, Any] = {
        name: case.asked[name] for name in ("size", "output_format") if name in case.asked
    }
    extra = {name: value for name, value in case.asked.items() if name not in known}
    common: dict[str, Any] = {"model": case.model, "extra_body": extra, **known}
    if case.task == "generate":
        return sdk.images.generate(prompt=prompt, **common)
    files: Any = [("a.png", photo(640, 480)), ("b.jpg", photo(200, 100, "jpeg"))]
    if card.images and card.images.max == 1:
        files = files[0]
    if case.task == "vary":
        with pytest.warns(DeprecationWarning, match="deprecated"):
            return sdk.images.create_variation(
                image=files, model=case.model, extra_body={**extra, "prompt": prompt}
            )
    if card.mask is not None:
        common["mask"] = ("mask.png", mask(640, 480))
    return sdk.images.edit(image=files, prompt=prompt, **common)


def without_sums(value: Any) -> Any:
    """Inputs from the log without the values that depend on every byte of an image."""
    if isinstance(value, dict):
        return {
            name: without_sums(item)
            for name, item in value.items()
            if name not in ("bytes", "sha256", "prompt", "model")
        }
    return [without_sums(item) for item in value] if isinstance(value, list) else value


def test_every_task_of_every_model_has_a_case() -> None:
    tested = {(case.model, case.task) for case in CASES}
    cards = [card for card in CATALOG.values() if card.provider == "workers-ai"]
    assert tested == {(card.id, task) for card in cards for task in card.tasks}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.model.split('/')[-1]}-{case.task}")
def test_each_model_receives_the_request_and_its_image_is_stored(
    server: Server, sdk: openai.OpenAI, http: httpx2.Client, case: Case
) -> None:
    prompt = new_prompt()
    answer = call(sdk, case, prompt)

    (reached,) = server.calls(prompt, http)
    card = CATALOG[case.model]
    assert reached["model"] == (card.upstream or card.id)
    assert without_sums(reached) == case.reached

    url = answer.data[0].url
    came = picture(http.get(url).content)
    assert (came.format, came.size) == case.came

    recipe = server.recipe(key_of(url))
    assert (recipe["model"], recipe["task"], recipe["prompt"]) == (case.model, case.task, prompt)
    assert recipe.get("seed") == (str(case.asked["seed"]) if "seed" in case.asked else None)
