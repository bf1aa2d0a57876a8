"""Every provider, by the name that the catalogue's tables give and that prefixes their models."""

from collections.abc import Mapping

from easel.providers import openai_like, workers_ai
from easel.providers.hosts import HOSTS
from easel.providers.protocol import Provider

PROVIDERS: Mapping[str, Provider] = {
    **{prefix: openai_like.provider(prefix, host) for prefix, host in HOSTS.items()},
    "workers-ai": Provider("Workers AI", workers_ai.generate),
}
