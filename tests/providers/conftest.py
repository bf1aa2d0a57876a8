"""Every fake, each on a free port, and one easel in workerd whose providers they are.

Prompts tell the tests that share them apart, and every test brings a credential of its own: what
easel remembers of one says nothing of another.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import httpx2
import pytest

from fakes.all import BASE_URLS, FAKES
from fakes.server import Fake
from support.server import Server
from tools.server import running


@pytest.fixture(scope="session")
def fakes() -> Iterator[Mapping[str, Fake]]:
    """Every fake by name."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(start()) for name, start in FAKES.items()}


@pytest.fixture(scope="session")
def a4f(fakes: Mapping[str, Fake]) -> Fake:
    """A4F."""
    return fakes["a4f"]


@pytest.fixture(scope="session")
def custom(fakes: Mapping[str, Fake]) -> Fake:
    """A custom server, behind a bearer token."""
    return fakes["custom"]


@pytest.fixture(scope="session")
def fal(fakes: Mapping[str, Fake]) -> Fake:
    """fal."""
    return fakes["fal"]


@pytest.fixture(scope="session")
def gitee(fakes: Mapping[str, Fake]) -> Fake:
    """Gitee AI."""
    return fakes["gitee"]


@pytest.fixture(scope="session")
def hugging_face(fakes: Mapping[str, Fake]) -> Fake:
    """Hugging Face's router and its Hub."""
    return fakes["hf"]


@pytest.fixture(scope="session")
def hf_space(fakes: Mapping[str, Fake]) -> Fake:
    """Spaces of Hugging Face, each at a path."""
    return fakes["hf-space"]


@pytest.fixture(scope="session")
def openai_fake(fakes: Mapping[str, Fake]) -> Fake:
    """OpenAI (`openai` is the SDK)."""
    return fakes["openai"]


@pytest.fixture(scope="session")
def recraft(fakes: Mapping[str, Fake]) -> Fake:
    """Recraft."""
    return fakes["recraft"]


@pytest.fixture(scope="session")
def replicate_fake(fakes: Mapping[str, Fake]) -> Fake:
    """Replicate (`replicate` is the SDK)."""
    return fakes["replicate"]


@pytest.fixture(scope="session")
def stability(fakes: Mapping[str, Fake]) -> Fake:
    """Stability AI."""
    return fakes["stability"]


@pytest.fixture(scope="session")
def together_fake(fakes: Mapping[str, Fake]) -> Fake:
    """Together (`together` is the SDK)."""
    return fakes["together"]


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    """A plain HTTP client."""
    with httpx2.Client(timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, fakes: Mapping[str, Fake]) -> Iterator[Server]:
    """Easel in workerd, with the fakes as its providers and short timeouts."""
    channel = {
        "id": "home",
        "name": "Home",
        "baseUrl": f"{fakes['custom'].url}/v1",
        "tokens": ["home-token"],
        "imageModels": [{"id": "first-model"}],
    }
    variables = {
        **{name: f"{fakes[fake].url}{path}" for name, (fake, path) in BASE_URLS.items()},
        "ALLOW_CALLER_CREDENTIALS": "true",
        "CALL_TIMEOUT_SECONDS": "3",
        "JOB_TIMEOUT_SECONDS": "10",
        "HEARTBEAT_SECONDS": "0.3",
        "LEAVE_GRACE_SECONDS": "1",
        "CUSTOM_CHANNELS_JSON": json.dumps({"channels": [channel]}),
        # A copy of OpenAI's API, strict as it is.
        "CUSTOM_CHANNEL_1_ID": "copy",
        "CUSTOM_CHANNEL_1_URL": f"{fakes['openai'].url}/v1",
        "OPENAI_API_KEY": "sk-owners",
        "REPLICATE_API_TOKEN": "r8-owners",
        "STABILITY_API_KEY": "sk-owners",
        "TOGETHER_API_KEY": "bad-owners",
        "MODEL_ALIASES": json.dumps({"best": ["openai/gpt-image-1.5", "gitee/z-image-turbo"]}),
    }
    state = tmp_path_factory.mktemp("state")
    with running(state=state, variables=variables) as easel:
        yield Server(easel.url, state, easel.lines)
