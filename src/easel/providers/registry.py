"""Every provider, by the name that the catalogue's tables give."""

from collections.abc import Mapping

from easel.providers import workers_ai
from easel.providers.protocol import Provider

PROVIDERS: Mapping[str, Provider] = {
    "workers-ai": workers_ai.generate,
}
