"""Every provider, by the name in the catalogue's tables, which is the prefix of its models."""

from collections.abc import Mapping

from easel.providers import (
    bento,
    fal,
    hf_spaces,
    hugging_face,
    modelscope,
    openai_like,
    recraft,
    replicate,
    runway,
    stability,
    workers_ai,
)
from easel.providers.hosts import HOSTS
from easel.providers.protocol import Provider

PROVIDERS: Mapping[str, Provider] = {
    **{prefix: openai_like.provider(prefix, host) for prefix, host in HOSTS.items()},
    "bento": bento.PROVIDER,
    "fal": fal.PROVIDER,
    "hf": hugging_face.PROVIDER,
    "hf-space": hf_spaces.PROVIDER,
    "ms": modelscope.PROVIDER,
    "recraft": recraft.PROVIDER,
    "replicate": replicate.PROVIDER,
    "runway": runway.PROVIDER,
    "stability": stability.PROVIDER,
    "workers-ai": workers_ai.PROVIDER,
}

# The settings of providers: their base URLs, and the owner's credentials.
BASE_URL_SETTINGS = tuple(name for provider in PROVIDERS.values() for name in provider.base_urls)
SECRET_SETTINGS = tuple(
    dict.fromkeys(name for provider in PROVIDERS.values() for name in provider.secrets)
)
