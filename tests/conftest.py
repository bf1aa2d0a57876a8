"""How the tests are divided among processes: all tests of a server run in the same one."""

import pytest


def _server_fixture(item: pytest.Item) -> str | None:
    """The name of the server that a test needs: `server` or a fixture whose name ends so.

    Raises:
        UsageError: it needs two, which would then start in both processes.
    """
    names = getattr(item, "fixturenames", ())
    servers = [name for name in names if name == "server" or name.endswith("_server")]
    if len(servers) > 1:
        raise pytest.UsageError(f"{item.nodeid} needs more than one server: {', '.join(servers)}")
    return servers[0] if servers else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests of a server, and those of a module that needs none, for pytest-xdist."""
    for item in items:
        group = _server_fixture(item) or item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
