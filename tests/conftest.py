"""How the tests on workerd are divided among processes, so that no server starts twice.

The tests of a folder with a `conftest.py` share the server that it starts, so one process runs
them all. The files of other folders start servers of their own, if any.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each process whole folders or files. (`--dist=loadgroup` fails with pytest 9.2.)"""

    def scope(test: str) -> str:
        file, _, _ = test.partition("::")
        folder, _, _ = file.rpartition("/")
        return folder if (config.rootpath / folder / "conftest.py").is_file() else file

    scheduling = LoadScopeScheduling(config, log)
    scheduling._split_scope = scope
    return scheduling
