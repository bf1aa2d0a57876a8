"""All upstreams, each behind a proxy of its lane, and easel's settings that lead there."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from campaigns.hostile.bento import fake_quick_bento
from campaigns.hostile.lanes import LANES
from campaigns.hostile.proxy import Proxy, proxy
from fakes.all import BASE_URLS, FAKES

_FAKES = {**FAKES, "quick-bento": fake_quick_bento}
_BASE_URLS = {**BASE_URLS, "BENTO_BASE_URL": ("quick-bento", "")}


@contextmanager
def upstreams(trap: int) -> Iterator[Mapping[str, Proxy]]:
    """Serve a proxy for each fake that a lane has, by the fake's name.

    Args:
        trap: the port where nothing may connect.
    """
    names = sorted({lane.fake for lane in LANES.values()})
    with ExitStack() as stack:
        fakes = {name: stack.enter_context(_FAKES[name]()) for name in names}
        yield {name: stack.enter_context(proxy(fake.url, trap)) for name, fake in fakes.items()}


def settings(proxies: Mapping[str, Proxy]) -> Mapping[str, str]:
    """The settings that lead to the proxies, and the owner's credentials."""
    models = [{"id": "first-model"}, {"id": "second-model"}]
    channel = {
        "id": "home",
        "name": "Home",
        "baseUrl": f"{proxies['custom'].url}/v1",
        "tokens": [owners_token("custom")],
        "imageModels": models,
    }
    return {
        **{
            name: f"{proxies[fake].url}{path}"
            for name, (fake, path) in _BASE_URLS.items()
            if fake in proxies
        },
        **{lane.secret: owners_token(name) for name, lane in LANES.items() if lane.secret},
        "CUSTOM_CHANNELS_JSON": json.dumps({"channels": [channel]}),
    }


def owners_token(lane: str) -> str:
    """The owner's credential for the provider of a lane."""
    return f"owners-{lane.replace(' ', '-')}-{sum(lane.encode()):08d}"
