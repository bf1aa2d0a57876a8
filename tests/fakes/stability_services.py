"""The parameters of Stability AI's services.

https://platform.stability.ai/docs/api-reference#tag/Generate
https://platform.stability.ai/docs/api-reference#tag/Edit
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

STYLES = (
    "enhance",
    "anime",
    "photographic",
    "digital-art",
    "comic-book",
    "fantasy-art",
    "line-art",
    "analog-film",
    "neon-punk",
    "isometric",
    "low-poly",
    "origami",
    "modeling-compound",
    "cinematic",
    "3d-model",
    "pixel-art",
    "tile-texture",
)

# Aspect ratios and their sizes of about a megapixel.
RATIOS = {
    "1:1": (1024, 1024),
    "21:9": (1536, 640),
    "16:9": (1344, 768),
    "3:2": (1216, 832),
    "5:4": (1088, 896),
    "4:5": (896, 1088),
    "2:3": (832, 1216),
    "9:16": (768, 1344),
    "9:21": (640, 1536),
}
# One and a half megapixels: 1.22 times the length of each side.
_LARGER = {
    ratio: (round(width * 1.2248), round(height * 1.2248))
    for ratio, (width, height) in RATIOS.items()
}
_MOST_PIXELS = 9_437_184


@dataclass(frozen=True)
class Service:
    """A service.

    Attributes:
        fields: the accepted fields beside files.
        needed: the required fields.
        files: the accepted files, and whether each is required.
        models: the values of `model`.
        formats: the values of `output_format`.
        sizes: without an input image, by aspect ratio.
        most_pixels: the greatest area of an input image.
        is_new: whether the output is a new image of a megapixel rather than a changed one.
    """

    fields: frozenset[str]
    needed: tuple[str, ...] = ()
    files: Mapping[str, bool] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    formats: tuple[str, ...] = ("png", "jpeg", "webp")
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    most_pixels: int = _MOST_PIXELS
    is_new: bool = False


def _named(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMMON = "seed output_format"
_STYLED = f"{_COMMON} prompt negative_prompt style_preset"
_IMAGE = {"image": True}
_MASKED = {"image": True, "mask": False}

SERVICES: Mapping[str, Service] = {
    "generate/ultra": Service(
        _named(f"{_STYLED} aspect_ratio strength"),
        needed=("prompt",),
        files={"image": False},
        sizes=RATIOS,
        is_new=True,
    ),
    "generate/core": Service(_named(f"{_STYLED} aspect_ratio"), needed=("prompt",), sizes=_LARGER),
    "generate/sd3": Service(
        _named(f"{_STYLED} aspect_ratio strength mode model cfg_scale"),
        needed=("prompt",),
        files={"image": False},
        models=("sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium", "sd3.5-flash", "sd3-large"),
        sizes=RATIOS,
        is_new=True,
    ),
    "edit/inpaint": Service(_named(f"{_STYLED} grow_mask"), needed=("prompt",), files=_MASKED),
    "edit/erase": Service(_named(f"{_COMMON} grow_mask"), files=_MASKED),
    "edit/outpaint": Service(
        _named(f"{_COMMON} prompt style_preset creativity left right up down"), files=_IMAGE
    ),
    "edit/search-and-replace": Service(
        _named(f"{_STYLED} grow_mask search_prompt"),
        needed=("prompt", "search_prompt"),
        files=_IMAGE,
    ),
    "edit/search-and-recolor": Service(
        _named(f"{_STYLED} grow_mask select_prompt"),
        needed=("prompt", "select_prompt"),
        files=_IMAGE,
    ),
    "edit/remove-background": Service(
        _named("output_format"), files=_IMAGE, formats=("png", "webp"), most_pixels=4_194_304
    ),
}
