"""The parameters of Replicate's models: each page shows a schema under "API".

https://replicate.com/explore
"""

from collections.abc import Mapping

from fakes.kinds import Kinds, one_of
from fakes.replicate_model import Model, Shapes

_LARGEST_SEED = 2**31 - 1

_STABLE: Shapes = {
    "1:1": (1024, 1024),
    "16:9": (1344, 768),
    "21:9": (1536, 640),
    "3:2": (1216, 832),
    "2:3": (832, 1216),
    "4:5": (896, 1088),
    "5:4": (1088, 896),
    "9:16": (768, 1344),
    "9:21": (640, 1536),
}
_FLUX: Shapes = {**_STABLE, "3:4": (896, 1152), "4:3": (1152, 896)}
_ANY: Shapes = {
    **_FLUX,
    "3:2": (1248, 832),
    "2:3": (832, 1248),
    "2:1": (1456, 720),
    "1:2": (720, 1456),
    "match_input_image": (1024, 1024),
}
_ULTRA: Shapes = {name: (2 * width, 2 * height) for name, (width, height) in _FLUX.items()}
_GEMINI: Shapes = {
    "1:1": (1024, 1024),
    "3:2": (1248, 832),
    "2:3": (832, 1248),
    "4:3": (1184, 864),
    "3:4": (864, 1184),
    "5:4": (1152, 896),
    "4:5": (896, 1152),
    "16:9": (1344, 768),
    "9:16": (768, 1344),
    "21:9": (1536, 672),
}
_IMAGEN: Shapes = {
    "1:1": (1024, 1024),
    "16:9": (1408, 768),
    "9:16": (768, 1408),
    "4:3": (1280, 896),
    "3:4": (896, 1280),
}
_QWEN: Shapes = {
    "1:1": (1328, 1328),
    "16:9": (1664, 928),
    "9:16": (928, 1664),
    "4:3": (1472, 1104),
    "3:4": (1104, 1472),
    "3:2": (1584, 1056),
    "2:3": (1056, 1584),
}

_SEED: Kinds = {"seed": (0, _LARGEST_SEED)}
_FAST: Kinds = {
    **_SEED,
    "go_fast": bool,
    "disable_safety_checker": bool,
    "output_quality": (0, 100),
}
_GUIDED: Kinds = {"guidance": (0.0, 10.0), "num_inference_steps": (1, 50)}
_STRENGTH: Kinds = {"prompt_strength": (0.0, 1.0)}
_SAFETY_LEVEL: Kinds = {
    "safety_filter_level": one_of(
        "block_low_and_above", "block_medium_and_above", "block_only_high"
    )
}
_PHOTO = ("jpg", "png")


def _sides(least: int, most: int) -> Kinds:
    return {"width": (least, most), "height": (least, most)}


def _pro(least: int, most: int, **rest: object) -> Kinds:
    return {**_SEED, "safety_tolerance": (least, most), **rest}  # type: ignore[dict-item]


_FLUX_2 = Model(
    {
        **_pro(1, 5),
        **_sides(256, 2048),
        "aspect_ratio": one_of("custom", "1:1"),
        "output_quality": (0, 100),
    },
    images=("input_images", 8),
)
_KONTEXT = Model(
    _pro(0, 6, prompt_upsampling=bool), _ANY, images=("input_image", 1), formats=("png", "jpg")
)
_SD3 = Model(
    {
        **_SEED,
        **_STRENGTH,
        "steps": (1, 28),
        "cfg": (0.0, 20.0),
        "negative_prompt": str,
        "output_quality": (0, 100),
    },
    _STABLE,
    images=("image", 1),
    output="list",
)
_SEEDREAM: Kinds = {
    **_sides(1024, 4096),
    "size": one_of("1K", "2K", "4K", "custom"),
    "max_images": (1, 15),
}
_NANO = Model(shapes=_GEMINI, images=("image_input", 14), formats=_PHOTO)
_IMAGEN_4 = Model(_SAFETY_LEVEL, _IMAGEN, formats=_PHOTO)

_SDXL_VERSION = "7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc"
COMMUNITY_VERSION = "c" * 64

MODELS: Mapping[str, Model] = {
    "black-forest-labs/flux-1.1-pro": Model(
        {
            **_pro(1, 6, prompt_upsampling=bool),
            **_sides(256, 1440),
            "aspect_ratio": one_of("custom", "1:1"),
            "output_quality": (0, 100),
        }
    ),
    "black-forest-labs/flux-1.1-pro-ultra": Model(
        _pro(1, 6, raw=bool), _ULTRA, (2048, 2048), formats=_PHOTO
    ),
    "black-forest-labs/flux-2-max": _FLUX_2,
    "black-forest-labs/flux-2-pro": _FLUX_2,
    "black-forest-labs/flux-dev": Model(
        {**_FAST, **_GUIDED, **_STRENGTH}, _FLUX, images=("image", 1), most=4, output="list"
    ),
    "black-forest-labs/flux-kontext-max": _KONTEXT,
    "black-forest-labs/flux-kontext-pro": _KONTEXT,
    "black-forest-labs/flux-schnell": Model(
        {**_FAST, "num_inference_steps": (1, 4)}, _FLUX, most=4, output="list"
    ),
    "bytedance/seedream-4": Model(
        {**_SEEDREAM, "enhance_prompt": bool},
        size=(2048, 2048),
        images=("image_input", 10),
        formats=("jpg",),
        output="list",
    ),
    "bytedance/seedream-4.5": Model(
        _SEEDREAM,
        size=(2048, 2048),
        images=("image_input", 14),
        formats=("jpg",),
        output="list",
    ),
    "google/imagen-4": _IMAGEN_4,
    "google/imagen-4-fast": _IMAGEN_4,
    "google/nano-banana": _NANO,
    "google/nano-banana-pro": Model(
        {**_SAFETY_LEVEL, "allow_fallback_model": bool, "resolution": one_of("1K", "2K", "4K")},
        _GEMINI,
        images=("image_input", 14),
        formats=_PHOTO,
    ),
    "qwen/qwen-image": Model(
        {
            **_FAST,
            **_GUIDED,
            "strength": (0.0, 1.0),
            "negative_prompt": str,
            "enhance_prompt": bool,
        },
        _QWEN,
        (1664, 928),
        ("image", 1),
        output="list",
    ),
    "recraft-ai/recraft-v3": Model({"style": str, "size": str}, formats=("webp",)),
    "somebody/something": Model(
        {**_sides(64, 4096), "num_inference_steps": (1, 500), "scheduler": str},
        formats=("png",),
        output="object",
        version=COMMUNITY_VERSION,
    ),
    "stability-ai/sdxl": Model(
        {
            **_SEED,
            **_STRENGTH,
            **_sides(8, 4096),
            "num_inference_steps": (1, 500),
            "guidance_scale": (1.0, 50.0),
            "negative_prompt": str,
            "apply_watermark": bool,
            "disable_safety_checker": bool,
            "mask": str,
            "refine": one_of("no_refiner", "expert_ensemble_refiner", "base_image_refiner"),
            "scheduler": str,
        },
        images=("image", 1),
        most=4,
        formats=("png",),
        output="list",
        version=_SDXL_VERSION,
    ),
    "stability-ai/stable-diffusion-3": _SD3,
    "stability-ai/stable-diffusion-3.5-large": _SD3,
}
VERSIONS = {model.version: name for name, model in MODELS.items() if model.version}
