"""The parameters of fal's models.

https://fal.ai/models and the types in https://www.npmjs.com/package/@fal-ai/client
"""

from collections.abc import Mapping

from fakes.fal_model import Model
from fakes.kinds import Kinds, one_of

_LARGEST_SEED = 2**63 - 1

_SEED: Kinds = {"seed": (0, _LARGEST_SEED)}
_SAFE: Kinds = {**_SEED, "enable_safety_checker": bool}
_FAST: Kinds = {"acceleration": one_of("none", "regular", "high")}


def _steps(most: int, least: int = 1) -> Kinds:
    return {"num_inference_steps": (least, most)}


def _guidance(least: float = 0.0, most: float = 20.0) -> Kinds:
    return {"guidance_scale": (least, most)}


def _tolerance(most: int) -> Kinds:
    return {"safety_tolerance": one_of(*map(str, range(1, most + 1)))}


_FLUX: Kinds = {**_SAFE, **_FAST, **_guidance(1.0)}
_PRO: Kinds = {**_SEED, **_tolerance(6), "enhance_prompt": bool}
_PRO_2: Kinds = {**_SAFE, **_tolerance(5)}
_KONTEXT: Kinds = {**_PRO, **_guidance(1.0)}
_SDXL: Kinds = {
    **_SAFE,
    **_steps(50),
    **_guidance(),
    "negative_prompt": str,
    "loras": list,
    "expand_prompt": bool,
}
_STRENGTH: Kinds = {"strength": (0.0, 1.0)}
_SD3: Kinds = {**_SAFE, **_steps(50), **_guidance(), "negative_prompt": str}
_QWEN: Kinds = {**_SD3, **_FAST, **_steps(50, 2)}
_SEEDREAM: Kinds = {**_SAFE, "max_images": (1, 6)}
_BANANA: Kinds = {**_SEED, **_tolerance(6), "limit_generations": bool}
_IDEOGRAM: Kinds = {
    **_SEED,
    "rendering_speed": one_of("TURBO", "BALANCED", "QUALITY"),
    "expand_prompt": bool,
    "style_preset": str,
}
_GPT: Kinds = {
    "quality": one_of("low", "medium", "high"),
    "background": one_of("auto", "transparent", "opaque"),
}

_WIDE = {
    "21:9": (1568, 672),
    "16:9": (1392, 752),
    "4:3": (1184, 880),
    "3:2": (1248, 832),
    "1:1": (1024, 1024),
    "2:3": (832, 1248),
    "3:4": (880, 1184),
    "9:16": (752, 1392),
    "9:21": (672, 1568),
}
_ULTRA = {name: (2 * width, 2 * height) for name, (width, height) in _WIDE.items()}
_GEMINI = {
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
_IMAGEN = {
    "1:1": (1024, 1024),
    "16:9": (1408, 768),
    "9:16": (768, 1408),
    "4:3": (1280, 896),
    "3:4": (896, 1280),
}
_OPENAI = {"1024x1024": (1024, 1024), "1536x1024": (1536, 1024), "1024x1536": (1024, 1536)}

_ANY = ("jpeg", "png", "webp")
_PNG_FIRST = ("png", "jpeg", "webp")
_ONE = ("image_url", 1)
_SQUARE = (1024, 1024)


def _many(most: int) -> tuple[str, int]:
    return "image_urls", most


def _shaped(sizes: Mapping[str, tuple[int, int]], takes: Kinds, formats: tuple[str, ...]) -> Model:
    return Model(takes, sizes, _SQUARE, takes_size=False, formats=formats)


def _edits(model: Model, images: tuple[str, int]) -> Model:
    return Model(
        model.takes,
        model.sizes,
        _SQUARE,
        model.takes_size,
        images,
        counts=model.counts,
        formats=model.formats,
    )


_FLUX_2 = Model(
    {**_SAFE, **_FAST, **_guidance(), **_steps(50, 4), "enable_prompt_expansion": bool},
    formats=_PNG_FIRST,
)
_KLEIN = Model({**_SAFE, **_steps(8, 4)})
_FLUX_2_PRO = Model(_PRO_2, counts=False)
_FLUX_2_FLEX = Model({**_PRO_2, **_steps(50), **_guidance(1.5, 10.0)}, counts=False)
_NANO = _shaped(_GEMINI, _BANANA, _PNG_FIRST)
_NANO_2 = _shaped(
    _GEMINI,
    {**_BANANA, "enable_web_search": bool, "resolution": one_of("0.5K", "1K", "2K", "4K")},
    _PNG_FIRST,
)
_NANO_PRO = _shaped(
    _GEMINI,
    {**_BANANA, "enable_web_search": bool, "resolution": one_of("1K", "2K", "4K")},
    _PNG_FIRST,
)
_SEEDREAM_4 = Model(
    {**_SEEDREAM, "enhance_prompt_mode": one_of("standard", "fast")},
    size=(2048, 2048),
    formats=("png",),
)
_SEEDREAM_45 = Model(_SEEDREAM, size=(2048, 2048), formats=("png",))
_GPT_15 = Model(_GPT, _OPENAI, _SQUARE, formats=_PNG_FIRST)
_KONTEXT_EDIT = Model(_KONTEXT, _WIDE, _SQUARE, takes_size=False, images=_ONE)
_IMAGEN_4 = _shaped(_IMAGEN, {**_SEED, **_tolerance(6)}, _PNG_FIRST)

MODELS: Mapping[str, Model] = {
    "fal-ai/bytedance/seedream/v4.5/edit": _edits(_SEEDREAM_45, _many(10)),
    "fal-ai/bytedance/seedream/v4.5/text-to-image": _SEEDREAM_45,
    "fal-ai/bytedance/seedream/v4/edit": _edits(_SEEDREAM_4, _many(10)),
    "fal-ai/bytedance/seedream/v4/text-to-image": _SEEDREAM_4,
    "fal-ai/fast-sdxl": Model(_SDXL, size=_SQUARE, format_field="format"),
    "fal-ai/fast-sdxl/image-to-image": Model(
        {**_SDXL, **_STRENGTH}, size=(512, 512), images=_ONE, format_field="format"
    ),
    "fal-ai/fast-sdxl/inpainting": Model(
        {**_SDXL, **_STRENGTH}, size=_SQUARE, images=_ONE, mask=True, format_field="format"
    ),
    "fal-ai/flux-2": _FLUX_2,
    "fal-ai/flux-2-flex": _FLUX_2_FLEX,
    "fal-ai/flux-2-flex/edit": _edits(_FLUX_2_FLEX, _many(10)),
    "fal-ai/flux-2-max": _FLUX_2_PRO,
    "fal-ai/flux-2-max/edit": _edits(_FLUX_2_PRO, _many(8)),
    "fal-ai/flux-2-pro": _FLUX_2_PRO,
    "fal-ai/flux-2-pro/edit": _edits(_FLUX_2_PRO, _many(8)),
    "fal-ai/flux-2/edit": _edits(_FLUX_2, _many(4)),
    "fal-ai/flux-2/klein/9b": _KLEIN,
    "fal-ai/flux-2/klein/9b/edit": _edits(_KLEIN, _many(4)),
    "fal-ai/flux-2/turbo/edit": Model(_SAFE, images=_many(4), formats=_PNG_FIRST),
    "fal-ai/flux-lora": Model(
        {**_FLUX, **_steps(50), "loras": list, "acceleration": one_of("none", "regular")}
    ),
    "fal-ai/flux-pro/kontext": _KONTEXT_EDIT,
    "fal-ai/flux-pro/kontext/max": _KONTEXT_EDIT,
    "fal-ai/flux-pro/kontext/max/text-to-image": _shaped(_WIDE, _KONTEXT, ("jpeg", "png")),
    "fal-ai/flux-pro/kontext/multi": Model(
        _KONTEXT, _WIDE, _SQUARE, takes_size=False, images=_many(4)
    ),
    "fal-ai/flux-pro/kontext/text-to-image": _shaped(_WIDE, _KONTEXT, ("jpeg", "png")),
    "fal-ai/flux-pro/v1.1": Model(_PRO),
    "fal-ai/flux-pro/v1.1-ultra": Model(
        {**_PRO, "raw": bool}, _ULTRA, _ULTRA["16:9"], takes_size=False
    ),
    "fal-ai/flux-pro/v1/fill": Model(_PRO, size=None, takes_size=False, images=_ONE, mask=True),
    "fal-ai/flux/dev": Model({**_FLUX, **_steps(50)}),
    "fal-ai/flux/dev/image-to-image": Model(
        {**_FLUX, **_steps(50, 10), **_STRENGTH}, size=None, takes_size=False, images=_ONE
    ),
    "fal-ai/flux/krea": Model({**_FLUX, **_steps(50)}),
    "fal-ai/flux/schnell": Model({**_FLUX, **_steps(12)}),
    "fal-ai/gpt-image-1.5": _GPT_15,
    "fal-ai/gpt-image-1.5/edit": _edits(_GPT_15, _many(10)),
    "fal-ai/hidream-i1-full": Model({**_SD3, "loras": list}, size=_SQUARE),
    "fal-ai/ideogram/v3": Model(
        {
            **_IDEOGRAM,
            "negative_prompt": str,
            "style": one_of("AUTO", "GENERAL", "REALISTIC", "DESIGN"),
        },
        size=_SQUARE,
        formats=("png",),
    ),
    "fal-ai/ideogram/v3/edit": Model(
        _IDEOGRAM, size=None, takes_size=False, images=_ONE, mask=True, formats=("png",)
    ),
    "fal-ai/imagen4/preview": _IMAGEN_4,
    "fal-ai/imagen4/preview/fast": _IMAGEN_4,
    "fal-ai/imagen4/preview/ultra": _IMAGEN_4,
    "fal-ai/kolors": Model({**_SD3, "scheduler": str}, size=_SQUARE, formats=_ANY),
    "fal-ai/nano-banana": _NANO,
    "fal-ai/nano-banana-2": _NANO_2,
    "fal-ai/nano-banana-2/edit": _edits(_NANO_2, _many(14)),
    "fal-ai/nano-banana-pro": _NANO_PRO,
    "fal-ai/nano-banana-pro/edit": _edits(_NANO_PRO, _many(14)),
    "fal-ai/nano-banana/edit": _edits(_NANO, _many(10)),
    "fal-ai/qwen-image": Model(
        {**_QWEN, "loras": list, "use_turbo": bool}, formats=("png", "jpeg")
    ),
    "fal-ai/qwen-image-edit": Model(_QWEN, size=None, images=_ONE, formats=("png", "jpeg")),
    "fal-ai/qwen-image-edit-2511": Model(_QWEN, size=None, images=_many(4), formats=_PNG_FIRST),
    "fal-ai/recraft/v3/text-to-image": Model(
        {"style": str, "style_id": str, "colors": list, "enable_safety_checker": bool},
        size=_SQUARE,
        counts=False,
        formats=("webp",),
    ),
    "fal-ai/stable-diffusion-v3-medium": Model(
        {**_SD3, "prompt_expansion": bool}, size=_SQUARE, formats=("jpeg",)
    ),
    "fal-ai/stable-diffusion-v35-large": Model({**_SD3, "loras": list}),
    "fal-ai/stable-diffusion-v35-medium": Model(_SD3),
    "fal-ai/z-image/turbo": Model(
        {**_SAFE, **_FAST, **_steps(8), "enable_prompt_expansion": bool}, formats=_PNG_FIRST
    ),
    "somebody/something/image-to-image": Model({**_SAFE, **_STRENGTH}, images=_ONE),
}
