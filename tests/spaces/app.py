"""A real Gradio app with functions like those of the Spaces in the catalogue.

Each Space is a path of this one server. What a prompt holds in brackets says how its function
behaves. `/asked` tells with which inputs the functions were called, `/stopped` which were stopped.

    python app.py PORT
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from PIL import Image

QUOTA = (
    "You have exceeded your ZeroGPU quota (60s requested vs. 0s left). Try again in 1:02:03. "
    '<a href="https://huggingface.co/join">Create a free account</a> to get more.'
)
LARGEST_SEED = 2**31 - 1
SHAPES = {"1:1": (1024, 1024), "16:9": (1152, 640), "3:4": (768, 1024)}

asked: list[Sequence[Any]] = []
stopped: list[str] = []
server = FastAPI()


def tell_asked(prompt: str) -> list[Sequence[Any]]:
    """The inputs of every call with a prompt."""
    return [inputs for inputs in asked if inputs[0] == prompt]


def tell_stopped(prompt: str) -> bool:
    """Whether a call was cancelled."""
    return prompt in stopped


server.add_api_route("/asked", tell_asked)
server.add_api_route("/stopped", tell_stopped)


async def paint(width: float, height: float, *inputs: Any) -> Image.Image:
    asked.append(inputs)
    prompt: str = inputs[0]
    if "[slow]" in prompt:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            stopped.append(prompt)
            raise
    if "[quota]" in prompt:
        raise gr.Error(QUOTA, title="ZeroGPU quota exceeded")
    if "[nsfw]" in prompt:
        raise gr.Error("The prompt was flagged as NSFW.")
    if "[crash]" in prompt:
        raise RuntimeError("CUDA error")
    return Image.new("RGB", (int(width), int(height)), "teal")


async def z_image(
    prompt: str,
    height: float,
    width: float,
    num_inference_steps: float,
    seed: float,
    randomize_seed: bool,
) -> tuple[Image.Image, float]:
    image = await paint(
        width, height, prompt, height, width, num_inference_steps, seed, randomize_seed
    )
    return image, seed


async def qwen_image(
    prompt: str,
    seed: float,
    randomize_seed: bool,
    aspect_ratio: str,
    guidance_scale: float,
    num_inference_steps: float,
) -> tuple[Image.Image, str]:
    image = await paint(
        *SHAPES[aspect_ratio],
        *(prompt, seed, randomize_seed, aspect_ratio, guidance_scale, num_inference_steps),
    )
    return image, f"Seed used for generation: {seed:.0f}"


async def ovis_image(
    prompt: str,
    height: float,
    width: float,
    seed: float,
    num_inference_steps: float,
    guidance_scale: float,
) -> list[tuple[Image.Image, str]]:
    image = await paint(
        width, height, prompt, height, width, seed, num_inference_steps, guidance_scale
    )
    return [(image, "a caption")]


async def flux(
    prompt: str,
    seed: float,
    randomize_seed: bool,
    width: float,
    height: float,
    num_inference_steps: float,
) -> tuple[Image.Image, float]:
    image = await paint(
        width, height, prompt, seed, randomize_seed, width, height, num_inference_steps
    )
    return image, seed


def numbers(**ranges: tuple[float, float]) -> list[gr.Slider]:
    return [
        gr.Slider(low, high, value=low, step=1, label=label)
        for label, (low, high) in ranges.items()
    ]


def serve(
    name: str, function: Callable[..., Any], api_name: str, inputs: Any, outputs: Any
) -> None:
    """Serve a Space; its inputs and outputs are made where they belong."""
    with gr.Blocks() as demo:
        prompt = gr.Textbox(label="Prompt")
        shown = outputs()
        # Real Spaces have functions before the one that counts, too.
        gr.Button("Example").click(lambda: "a fox", None, prompt, api_name="example")
        gr.Button("Run").click(function, [prompt, *inputs()], shown, api_name=api_name)
    gr.mount_gradio_app(server, demo, path=f"/{name}")


def image_and_number() -> list[Any]:
    return [gr.Image(), gr.Number(precision=0)]


SIDES = {"height": (512, 2048), "width": (512, 2048)}
SEED = (0, LARGEST_SEED)

# Of the two Spaces that have Z-Image the first one is not there, and the other has its function
# twice, as Gradio numbers what is called the same.
serve(
    "mrfakename-z-image-turbo",
    z_image,
    "generate_image_1",
    lambda: [*numbers(**SIDES, steps=(1, 20), seed=SEED), gr.Checkbox(value=True)],
    image_and_number,
)
serve(
    "mcp-tools-qwen-image-fast",
    qwen_image,
    "generate_image",
    lambda: [
        *numbers(seed=SEED),
        gr.Checkbox(value=True),
        gr.Radio([*SHAPES], value="1:1"),
        *numbers(guidance=(1, 10), steps=(4, 28)),
    ],
    lambda: [gr.Image(), gr.Textbox()],
)
serve(
    "aidc-ai-ovis-image-7b",
    ovis_image,
    "generate",
    lambda: numbers(**SIDES, seed=SEED, steps=(1, 50), guidance=(1, 10)),
    lambda: [gr.Gallery()],
)
serve(
    "black-forest-labs-flux-1-schnell",
    flux,
    "infer",
    lambda: [
        *numbers(seed=SEED),
        gr.Checkbox(value=True),
        *numbers(width=(256, 2048), height=(256, 2048), steps=(1, 50)),
    ],
    image_and_number,
)

if __name__ == "__main__":
    uvicorn.run(server, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
