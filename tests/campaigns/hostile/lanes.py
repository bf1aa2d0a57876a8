"""The protocols that are attacked, a lane each: its provider, its models, and how it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Lane:
    """A protocol of a provider.

    Cases of a lane follow one another, so that what its upstream gets belongs to one of them.

    Attributes:
        fake: the name in `fakes.all.FAKES`, or of a fake of the campaign's own.
        models: the one that is attacked, and another one of the same provider.
        token: the prefix of a caller's token for the provider.
        is_asked_for_token: whether the provider takes a credential, which easel then remembers.
        body: what else a request has.
        directive: what its prompt tells the fake to do.
        steps: how many different requests a good image takes.
        secret: the setting that holds the owner's credential.
    """

    fake: str
    models: tuple[str, str]
    token: str
    steps: int
    is_asked_for_token: bool = True
    body: Mapping[str, object] = field(default_factory=dict)
    directive: str = ""
    secret: str = ""

    @property
    def provider(self) -> str:
        """Its name in the usage."""
        first, second, *_ = self.models[0].split("/")
        return f"{first}/{second}" if first == "custom" else first


LANES: Mapping[str, Lane] = {
    "openai": Lane(
        "openai",
        ("openai/gpt-image-1.5", "openai/gpt-image-1-mini"),
        "openai",
        1,
        secret="OPENAI_API_KEY",
    ),
    "openai events": Lane(
        "openai",
        ("openai/gpt-image-1.5", "openai/gpt-image-1-mini"),
        "openai",
        1,
        body={"stream": True, "partial_images": 1},
    ),
    "together": Lane(
        "together",
        ("together/black-forest-labs/FLUX.1-schnell", "together/black-forest-labs/FLUX.1-dev"),
        "together",
        2,
        secret="TOGETHER_API_KEY",
    ),
    "custom": Lane(
        "custom",
        ("custom/home/first-model", "custom/home/second-model"),
        "home",
        1,
        secret="CUSTOM_CHANNELS_JSON",
    ),
    "gitee": Lane("gitee", ("gitee/z-image-turbo", "gitee/Qwen-Image"), "gitee", 2),
    "fal queue": Lane(
        "fal",
        ("fal/fal-ai/flux/dev", "fal/fal-ai/flux/krea"),
        "fal",
        4,
        directive="[fake polls 1]",
        secret="FAL_KEY",
    ),
    "fal": Lane("fal", ("fal/fal-ai/flux/schnell", "fal/fal-ai/flux/dev"), "fal", 2),
    "replicate": Lane(
        "replicate",
        ("replicate/black-forest-labs/flux-schnell", "replicate/black-forest-labs/flux-1.1-pro"),
        "replicate",
        3,
        directive="[fake polls 1]",
        secret="REPLICATE_API_TOKEN",
    ),
    "runway": Lane(
        "runway",
        ("runway/recraft_v4_1_flash", "runway/gen4_image"),
        "runway",
        3,
        secret="RUNWAYML_API_SECRET",
    ),
    "hf-space": Lane(
        "hf-space",
        ("hf-space/z-image-turbo", "hf-space/ovis-image"),
        "hf",
        4,
        is_asked_for_token=False,
    ),
    "modelscope": Lane(
        "modelscope",
        ("ms/Tongyi-MAI/Z-Image-Turbo", "ms/Qwen/Qwen-Image"),
        "ms",
        3,
        secret="MODELSCOPE_API_KEY",
    ),
    "stability": Lane(
        "stability",
        ("stability/core", "stability/sd3.5-large"),
        "stability",
        1,
        secret="STABILITY_API_KEY",
    ),
    "hf": Lane(
        "hf",
        ("hf/black-forest-labs/FLUX.1-schnell", "hf/stabilityai/stable-diffusion-xl-base-1.0"),
        "hf",
        3,
        secret="HF_TOKEN",
    ),
    "bento": Lane("quick-bento", ("bento/one", "bento/two"), "bento", 2),
    "bento task": Lane("quick-bento", ("bento/task", "bento/two"), "bento", 4),
    "recraft": Lane(
        "recraft",
        ("recraft/recraftv3", "recraft/recraftv2"),
        "recraft",
        2,
        secret="RECRAFT_API_KEY",
    ),
    "recraft vector": Lane(
        "recraft", ("recraft/recraftv3_vector", "recraft/recraftv2"), "recraft", 2
    ),
}
