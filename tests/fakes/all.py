"""Every fake, and the settings of easel that lead to it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from fakes.a4f import fake_a4f
from fakes.bento import fake_bento
from fakes.custom import fake_custom
from fakes.fal import fake_fal
from fakes.gitee import fake_gitee
from fakes.hf_space import fake_hf_space
from fakes.hugging_face import fake_hugging_face
from fakes.modelscope import fake_modelscope
from fakes.openai import fake_openai
from fakes.recraft import fake_recraft
from fakes.replicate import fake_replicate
from fakes.runway import fake_runway
from fakes.server import Fake
from fakes.stability import fake_stability
from fakes.together import fake_together

FAKES: Mapping[str, Callable[[], AbstractContextManager[Fake]]] = {
    "a4f": fake_a4f,
    "bento": fake_bento,
    "custom": fake_custom,
    "fal": fake_fal,
    "gitee": fake_gitee,
    "hf": fake_hugging_face,
    "hf-space": fake_hf_space,
    "modelscope": fake_modelscope,
    "openai": fake_openai,
    "recraft": fake_recraft,
    "replicate": fake_replicate,
    "runway": fake_runway,
    "stability": fake_stability,
    "together": fake_together,
}

# By setting: the fake, and the path of its API.
BASE_URLS: Mapping[str, tuple[str, str]] = {
    "A4F_BASE_URL": ("a4f", "/v1"),
    "BENTO_BASE_URL": ("bento", ""),
    "FAL_BASE_URL": ("fal", "/run"),
    "FAL_QUEUE_BASE_URL": ("fal", "/queue"),
    "GITEE_BASE_URL": ("gitee", "/v1"),
    "HF_BASE_URL": ("hf", ""),
    "HF_HUB_BASE_URL": ("hf", ""),
    "HF_SPACE_BASE_URL": ("hf-space", ""),
    "MODELSCOPE_BASE_URL": ("modelscope", "/v1"),
    "OPENAI_BASE_URL": ("openai", "/v1"),
    "RECRAFT_BASE_URL": ("recraft", "/v1"),
    "REPLICATE_BASE_URL": ("replicate", "/v1"),
    "RUNWAY_BASE_URL": ("runway", ""),
    "STABILITY_BASE_URL": ("stability", ""),
    "TOGETHER_BASE_URL": ("together", "/v1"),
}
