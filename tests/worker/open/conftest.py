"""One easel for the tests of this folder: as `./scripts/dev` starts it, open to all."""

from collections.abc import Iterator

import httpx2
import openai
import pytest

from support.server import Server
from tools.server import running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Easel as `./scripts/dev` starts it."""
    state = tmp_path_factory.mktemp("open")
    with running(state=state) as easel:
        yield Server(easel.url, state, easel.lines)


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    """A plain HTTP client."""
    with server.client() as client:
        yield client


@pytest.fixture
def sdk(server: Server) -> Iterator[openai.OpenAI]:
    """The OpenAI SDK with easel as its base URL."""
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any") as client:
        yield client
