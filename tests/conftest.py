"""How the tests on workerd are divided among processes: a folder's tests run in the same one.

The tests of a folder share a server, which its `conftest.py` starts, so no server starts twice.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling


def _folder(test: str) -> str:
    file, _, _ = test.partition("::")
    return file.rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each process whole folders. (`--dist=loadgroup` does not work with pytest 9.2.)"""
    scheduling = LoadScopeScheduling(config, log)
    scheduling._split_scope = _folder
    return scheduling
