"""The apps of the Spaces in the catalogue: their functions, and the values that Gradio refuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LARGEST_SEED = 2**31 - 1
SHAPES = {
    "1:1": (1024, 1024),
    "16:9": (1152, 640),
    "9:16": (640, 1152),
    "4:3": (1024, 768),
    "3:4": (768, 1024),
    "3:2": (1024, 688),
    "2:3": (688, 1024),
}

Input = tuple[float, float] | type | Sequence[str]


@dataclass(frozen=True)
class Space:
    """An app with two functions, of which the second is used.

    Attributes:
        function: its name in the API.
        inputs: in order, each a range, a type or choices.
        reports_seed: the form of the reported seed: a `number`, a `sentence` or none.
    """

    function: str
    inputs: Mapping[str, Input]
    reports_seed: str = "number"


_PROMPT: dict[str, Input] = {"prompt": str}
_SIDES: dict[str, Input] = {"height": (512, 2048), "width": (512, 2048)}
_SEED: dict[str, Input] = {"seed": (0, _LARGEST_SEED)}
_RANDOM: dict[str, Input] = {"randomize_seed": bool}

_Z_IMAGE = Space(
    "generate_image",
    {**_PROMPT, **_SIDES, "num_inference_steps": (1, 20), **_SEED, **_RANDOM},
)
SPACES = {
    "luca115-z-image-turbo": _Z_IMAGE,
    "mrfakename-z-image-turbo": Space("generate_image_1", _Z_IMAGE.inputs),
    "mcp-tools-qwen-image-fast": Space(
        "generate_image",
        {
            **_PROMPT,
            **_SEED,
            **_RANDOM,
            "aspect_ratio": [*SHAPES],
            "guidance_scale": (1, 10),
            "num_inference_steps": (4, 28),
        },
        reports_seed="sentence",
    ),
    "aidc-ai-ovis-image-7b": Space(
        "generate",
        {
            **_PROMPT,
            **_SIDES,
            **_SEED,
            "num_inference_steps": (1, 50),
            "guidance_scale": (1, 10),
        },
        reports_seed="",
    ),
    "black-forest-labs-flux-1-schnell": Space(
        "infer",
        {
            **_PROMPT,
            **_SEED,
            **_RANDOM,
            "width": (256, 2048),
            "height": (256, 2048),
            "num_inference_steps": (1, 50),
        },
    ),
}


def message_about(value: Any, expected: Input) -> str | None:
    """The error message of Gradio for a value, or None."""
    if isinstance(expected, type):
        return None if isinstance(value, expected) else f"{value!r} is no {expected.__name__}"
    if isinstance(expected, tuple):
        low, high = expected
        if not isinstance(value, int | float) or isinstance(value, bool):
            return f"{value!r} is no number"
        if value > high:
            return f"Value {value} is greater than maximum value {high}."
        return f"Value {value} is less than minimum value {low}." if value < low else None
    return None if value in expected else f"Value: {value} is not in the list of choices"
