"""One easel for the tests of this folder: it needs a key, and most keys have limits."""

from collections.abc import Iterator

import httpx2
import pytest

from support.guarded import KEYS
from support.server import Server
from tools.server import running


@pytest.fixture(scope="session")
def guarded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Easel with several keys, each with limits of its own, and no anonymous access."""
    variables = {
        "EASEL_API_KEYS": KEYS.setting(),
        "ALLOW_ANONYMOUS": "false",
        "ALLOW_CALLER_CREDENTIALS": "false",
        "BUDGET_IMAGES_PER_DAY": "1000",
    }
    state = tmp_path_factory.mktemp("guarded")
    with running(state=state, variables=variables) as easel:
        yield Server(easel.url, state, easel.lines)


@pytest.fixture
def guarded(guarded_server: Server) -> Iterator[httpx2.Client]:
    """A plain HTTP client of the guarded server."""
    with guarded_server.client() as client:
        yield client
