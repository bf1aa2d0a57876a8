"""`./scripts/test`: check format, lint and types, and run the tests."""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.console import say
from tools.paths import PYTHON, REPO
from tools.prepare import prepare
from tools.process import start_guarded, stop_guarded
from tools.server import SNAPSHOT_DIR, running

_RUFF = PYTHON.with_name("ruff")
_MYPY = PYTHON.with_name("mypy")
_PYTEST = (PYTHON, "-m", "pytest")

Command = Sequence[str | Path]

# The name and the command of each check of style.
_STYLE: tuple[tuple[str, Command], ...] = (
    ("Format", [_RUFF, "format", "--check", "--quiet", "."]),
    ("Lint", [_RUFF, "check", "--quiet", "."]),
)

# Two processes, each with servers of its own: `tests/conftest.py` divides the tests among them.
# What takes longest comes first, so that both processes end at about the same time.
_PARALLEL = ("--numprocesses=2", "--dist=loadscope", "--no-loadscope-reorder")
_SERVER_TESTS = ("tests/providers", "tests/campaigns", "tests/worker")


def main() -> int:
    """Run everything, only the quick part (`--quick`), or pytest with the given arguments.

    Raises:
        CommandError: the preparation failed.
    """
    arguments = sys.argv[1:]
    prepare()
    if arguments and arguments != ["--quick"]:
        say("Tests ...")
        return _run([*_PYTEST, *arguments])
    status = _run_quick_checks()
    if status or arguments:
        return status
    with _snapshot():
        say("Tests on workerd ...")
        return _run([*_PYTEST, *_PARALLEL, *_SERVER_TESTS])


def _run_quick_checks() -> int:
    """Check format and lint, then types while the unit tests run."""
    for name, command in _STYLE:
        say(f"{name} ...")
        if status := _run(command):
            return status
    say("Types and unit tests ...")
    with tempfile.TemporaryFile("w+") as output:
        types = start_guarded([_MYPY], cwd=REPO, stdout=output)
        try:
            tests_status = _run([*_PYTEST, "tests/unit"])
            types.wait()
        finally:
            types_status = stop_guarded(types)
        output.seek(0)
        sys.stdout.write(output.read())
    return tests_status or types_status


def _run(command: Command) -> int:
    """Run a command; it is ended if this process ends."""
    guardian = start_guarded(command, cwd=REPO)
    try:
        guardian.wait()
    finally:
        status = stop_guarded(guardian)
    return status


@contextmanager
def _snapshot() -> Iterator[None]:
    """Let every server start from a snapshot of Python's memory, taken after easel's imports.

    Cloudflare starts a deployed Worker from such a snapshot, too. workerd takes one second of CPU
    to start from it, and five without. It is taken anew for each run, so it is never out of date.
    """
    with tempfile.TemporaryDirectory() as folder:
        os.environ[SNAPSHOT_DIR] = folder
        say("Snapshot ...")
        with running(state=Path(folder) / "state"):
            pass
        yield
