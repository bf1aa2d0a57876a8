"""The Worker that two modules of tests share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tools.paths import PYTHON_MODULES, REPO
from tools.server import running


@pytest.fixture(scope="session")
def fetcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """The Worker of `worker/`, built in one folder: wrangler finds modules beside the entry."""
    folder = tmp_path_factory.mktemp("fetcher")
    shutil.copytree(Path(__file__).parent / "worker", folder, dirs_exist_ok=True)
    shutil.copytree(REPO / "src" / "easel", folder / "easel")
    (folder / PYTHON_MODULES.name).symlink_to(PYTHON_MODULES)
    # Not inside that folder, where every write would make wrangler start the Worker anew.
    state = tmp_path_factory.mktemp("state")
    with (
        running(state=state, configs=[folder / "wrangler.toml"]) as worker,
        httpx2.Client(base_url=worker.url, timeout=60) as client,
    ):
        yield client
