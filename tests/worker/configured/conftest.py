"""One easel for the tests of this folder: its owner has configured everything."""

from collections.abc import Iterator, Mapping

import httpx2
import pytest

from support.server import Server
from tools.server import running

_FIRST_KEY = "first-key-4c9f1e7a"


@pytest.fixture(scope="session")
def settings() -> Mapping[str, str]:
    """The settings of `owned_server`."""
    return {
        "EASEL_API_KEYS": f"{_FIRST_KEY},second key: with spaces",
        "DEFAULT_MODEL": "@cf/stabilityai/stable-diffusion-xl-base-1.0",
        "PUBLIC_BASE_URL": "https://img.example.com/",
        "HEARTBEAT_SECONDS": "0.2",
        "ALLOW_PRIVATE_URLS": "true",
        "WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    }


@pytest.fixture(scope="session")
def owned_server(
    tmp_path_factory: pytest.TempPathFactory, settings: Mapping[str, str]
) -> Iterator[Server]:
    """Easel with these settings."""
    state = tmp_path_factory.mktemp("configured")
    with running(state=state, variables=settings) as easel:
        yield Server(easel.url, state, easel.lines)


@pytest.fixture
def http(owned_server: Server) -> Iterator[httpx2.Client]:
    """An HTTP client with the first of the two keys."""
    with owned_server.client() as client:
        client.headers["x-api-key"] = _FIRST_KEY
        yield client
