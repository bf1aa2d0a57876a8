"""A local easel with fakes in place of its providers, as campaigns attack it."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from fakes.all import BASE_URLS, FAKES
from fakes.server import Fake

# The owner's credential for each fake, by the setting that holds it.
_CREDENTIALS = {
    "custom": "CUSTOM_CHANNEL_1_KEY",
    "fal": "FAL_API_KEY",
    "openai": "OPENAI_API_KEY",
    "replicate": "REPLICATE_API_TOKEN",
    "together": "TOGETHER_API_KEY",
}
_CREDENTIAL = "owner-4c9f1e7a"


@dataclass(frozen=True)
class Key:
    """One of the keys of easel under test.

    Attributes:
        name: as usage and budgets know it.
        budget_images_per_day: None for no bound.
        budget_usd_per_day: likewise.
        admin: whether it may read the usage of all.
    """

    name: str
    budget_images_per_day: int | None = None
    budget_usd_per_day: float | None = None
    admin: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """What a request with this key carries."""
        return {"authorization": f"Bearer {self._secret}"}

    @property
    def _secret(self) -> str:
        return f"{self.name}-5e2a7c9b1d4f8036"

    def entry(self) -> dict[str, object]:
        """The key as an entry of `EASEL_API_KEYS`."""
        limits = {name: value for name, value in vars(self).items() if value is not None}
        return {**limits, "key": self._secret}


ADMIN = Key("admin", admin=True)


@contextmanager
def serving_fakes(names: Collection[str]) -> Iterator[Mapping[str, Fake]]:
    """Serve the fakes of these names until the context ends."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(FAKES[name]()) for name in names}


def settings_for(fakes: Mapping[str, Fake], keys: Collection[Key]) -> dict[str, str]:
    """The settings of an easel that has these keys and uses these fakes as its providers."""
    urls = {
        setting: f"{fakes[name].url}{path}"
        for setting, (name, path) in BASE_URLS.items()
        if name in fakes
    }
    if "custom" in fakes:
        urls |= {"CUSTOM_CHANNEL_1_ID": "home", "CUSTOM_CHANNEL_1_URL": f"{fakes['custom'].url}/v1"}
    return {
        **urls,
        **{_CREDENTIALS[name]: _CREDENTIAL for name in fakes},
        "EASEL_API_KEYS": json.dumps([key.entry() for key in (*keys, ADMIN)]),
        "ALLOW_ANONYMOUS": "false",
    }
