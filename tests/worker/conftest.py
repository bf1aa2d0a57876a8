"""One easel for all worker tests, on a free port, with a bucket of its own."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx2
import openai
import pytest

from support.guarded import KEYS
from support.server import Server
from tools.paths import PYTHON_MODULES, REPO
from tools.server import running


def _serve(state: Path, variables: Mapping[str, str]) -> Iterator[Server]:
    with running(state=state, variables=variables) as easel:
        yield Server(easel.url, state, easel.lines)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Easel as `./scripts/dev` starts it."""
    yield from _serve(tmp_path_factory.mktemp("state"), {})


@pytest.fixture(scope="session")
def settings() -> Mapping[str, str]:
    """What the owner of `owned_server` has set."""
    return {
        "EASEL_API_KEYS": "first-key-4c9f1e7a,second key: with spaces",
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
    """Easel with every setting set."""
    yield from _serve(tmp_path_factory.mktemp("owned"), settings)


@pytest.fixture(scope="session")
def guarded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Easel with several keys, each with limits of its own, and nothing open."""
    variables = {
        "EASEL_API_KEYS": KEYS.setting(),
        "ALLOW_ANONYMOUS": "false",
        "ALLOW_CALLER_CREDENTIALS": "false",
        "BUDGET_IMAGES_PER_DAY": "1000",
    }
    yield from _serve(tmp_path_factory.mktemp("guarded"), variables)


@pytest.fixture
def guarded(guarded_server: Server) -> Iterator[httpx2.Client]:
    """A plain HTTP client of the guarded server."""
    with guarded_server.client() as client:
        yield client


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    """A plain HTTP client."""
    with server.client() as client:
        yield client


@pytest.fixture
def sdk(server: Server) -> Iterator[openai.OpenAI]:
    """The OpenAI SDK, pointed at easel."""
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any") as client:
        yield client


@pytest.fixture(scope="session")
def fetcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """The Worker of `fetcher/`, put together where wrangler finds all modules: beside its entry."""
    folder = tmp_path_factory.mktemp("fetcher")
    shutil.copytree(Path(__file__).parent / "fetcher", folder, dirs_exist_ok=True)
    shutil.copytree(REPO / "src" / "easel", folder / "easel")
    (folder / PYTHON_MODULES.name).symlink_to(PYTHON_MODULES)
    # Not inside that folder, where every write would make wrangler start the Worker anew.
    state = tmp_path_factory.mktemp("state")
    with (
        running(state=state, configs=[folder / "wrangler.toml"]) as worker,
        httpx2.Client(base_url=worker.url, timeout=60) as client,
    ):
        yield client
