"""The parameters of Recraft's models and services.

https://www.recraft.ai/docs/api-reference/models/overview
https://www.recraft.ai/docs/api-reference/appendix
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fakes.fields import parse_size

_V3_SIZES = (
    "1024x1024 1365x1024 1024x1365 1536x1024 1024x1536 1820x1024 1024x1820 1024x2048 2048x1024 "
    "1434x1024 1024x1434 1024x1280 1280x1024 1024x1707 1707x1024"
)
_V4_SIZES = (
    "1024x1024 1536x768 768x1536 1280x832 832x1280 1216x896 896x1216 1152x896 896x1152 832x1344 "
    "1280x896 896x1280 1344x768 768x1344"
)
_RATIOS = "1:1 2:1 1:2 3:2 2:3 4:3 3:4 5:4 4:5 6:10 14:10 10:14 16:9 9:16"


@dataclass(frozen=True)
class Model:
    """A model.

    Attributes:
        sizes: by every name of a size, the default first.
        own: parameters that only some models have.
        longest_prompt: in characters.
        is_vector: whether it makes SVG images.
        edits: whether it edits images.
        repaints: whether it takes a mask.
    """

    sizes: Mapping[str, tuple[int, int]]
    own: tuple[str, ...] = ()
    longest_prompt: int = 10000
    is_vector: bool = False
    edits: bool = True
    repaints: bool = False


def _sizes(text: str, times: int = 1) -> dict[str, tuple[int, int]]:
    """Sizes by their names and, if the numbers are equal, by aspect ratios."""
    pairs = [parse_size(name) or (0, 0) for name in text.split()]
    sizes = [(width * times, height * times) for width, height in pairs]
    named = {f"{width}x{height}": (width, height) for width, height in sizes}
    ratios = _RATIOS.split()
    return named | (dict(zip(ratios, sizes, strict=True)) if len(sizes) == len(ratios) else {})


_STYLED = ("negative_prompt", "style", "substyle", "style_id")


def _v2(*, is_vector: bool = False) -> Model:
    return Model(_sizes(_V3_SIZES), _STYLED, 1000, is_vector, edits=False)


def _v3(*, is_vector: bool = False) -> Model:
    return Model(
        _sizes(_V3_SIZES), (*_STYLED, "text_layout"), 1000, is_vector=is_vector, repaints=True
    )


def _v4(*, is_vector: bool = False, times: int = 1) -> Model:
    return Model(_sizes(_V4_SIZES, times), is_vector=is_vector)


MODELS: Mapping[str, Model] = {
    "recraftv2": _v2(),
    "recraftv2_vector": _v2(is_vector=True),
    "recraftv3": _v3(),
    "recraftv3_vector": _v3(is_vector=True),
    **{
        f"{family}{kind}{drawing}": _v4(is_vector=bool(drawing), times=2 if "pro" in kind else 1)
        for family, kinds in (
            ("recraftv4", ("", "_pro")),
            ("recraftv4_1", ("", "_pro", "_utility", "_utility_pro")),
        )
        for kind in kinds
        for drawing in ("", "_vector")
    },
    "recraftv4_1_flash": _v4(),
    # A model of another company, which Recraft passes on.
    "nano_banana_2": _v4(),
}

# The services without a model, by output format; None keeps the format of the input.
SERVICES: Mapping[str, str | None] = {
    "removeBackground": None,
    "vectorize": "svg",
    "crispUpscale": None,
    "eraseRegion": None,
}
