"""Bindings that an owner may change: the rate limit, and a dataset for data points."""

from collections.abc import Iterator

import httpx2
import pytest

from support.server import Server
from tools.paths import PYTHON_MODULES, REPO
from tools.server import running

GENERATIONS = "/v1/images/generations"

_USUAL = "simple = { limit = 100000, period = 60 }"
_OWN = "simple = { limit = 3, period = 60 }"
_DATASET = 'analytics_engine_datasets = [{ binding = "ANALYTICS", dataset = "easel" }]'


@pytest.fixture(scope="module")
def limited_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """Easel with a rate limit of three requests a minute, and a dataset."""
    folder = tmp_path_factory.mktemp("limited")
    for name in ("src", "stand-in"):
        (folder / name).symlink_to(REPO / name)
    (folder / PYTHON_MODULES.name).symlink_to(PYTHON_MODULES)
    text = (REPO / "wrangler.toml").read_text("utf-8")
    assert _USUAL in text
    text = text.replace(_USUAL, _OWN).replace("[env.local]\n", f"[env.local]\n{_DATASET}\n")
    (folder / "wrangler.toml").write_text(text, "utf-8")
    configs = (folder / "wrangler.toml", folder / "stand-in" / "wrangler.toml")
    state = tmp_path_factory.mktemp("state")
    with running(state=state, configs=configs) as easel:
        server = Server(easel.url, state, easel.lines)
        with server.client() as client:
            yield client


def test_a_client_over_the_rate_limit_receives_retry_after(limited_server: httpx2.Client) -> None:
    answers = [limited_server.post(GENERATIONS, json={"prompt": "x"}) for _ in range(9)]
    # A minute may begin on the way, and with it the count.
    statuses = [answer.status_code for answer in answers]
    assert statuses[:3] == [200, 200, 200]
    assert statuses.count(429) >= 3
    refused = answers[statuses.index(429)]
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert refused.headers["retry-after"] == "60"
    assert "x-should-retry" not in refused.headers


def test_free_routes_have_no_rate_limit(limited_server: httpx2.Client) -> None:
    for path in ("/health", "/v1/models"):
        assert {limited_server.get(path).status_code for _ in range(9)} == {200}
