"""`./scripts/test`: check format, lint and types, and run the tests."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tools.console import say
from tools.paths import PYTHON, REPO
from tools.prepare import prepare
from tools.process import start_guarded, stop_guarded

_RUFF = PYTHON.with_name("ruff")
_MYPY = PYTHON.with_name("mypy")

# The name and the command of each check; the fast ones first.
_CHECKS: tuple[tuple[str, Sequence[str | Path]], ...] = (
    ("Format", [_RUFF, "format", "--check", "--quiet", "."]),
    ("Lint", [_RUFF, "check", "--quiet", "."]),
    ("Types", [_MYPY]),
)
_TESTS = ("tests/unit", "tests/providers", "tests/worker", "tests/campaigns")


def main() -> int:
    """Run the checks and the tests, or pytest alone with the arguments of the command line.

    Raises:
        CommandError: the preparation failed.
    """
    arguments = sys.argv[1:]
    prepare()
    for name, command in () if arguments else _CHECKS:
        say(f"{name} ...")
        if status := _run(command):
            return status
    say("Tests ...")
    return _run([PYTHON, "-m", "pytest", *(arguments or _TESTS)])


def _run(command: Sequence[str | Path]) -> int:
    """Run a command; it is ended if this process ends."""
    guardian = start_guarded(command, cwd=REPO)
    try:
        guardian.wait()
    finally:
        status = stop_guarded(guardian)
    return status
