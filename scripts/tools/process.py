"""Start programs that end with this process, and stop them."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tools.paths import TOOLS


def start_guarded(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdout: int | IO[str] | None = None,
) -> "subprocess.Popen[str]":
    """Start `command` under a guardian that ends it and its descendants when this process ends.

    Ctrl-C and a closed terminal do not reach the command: they signal this process alone, whose end
    (even by SIGKILL) ends the command within a few seconds.

    Args:
        command: the program and its arguments.
        env: the whole environment; that of this process by default.
        cwd: the working directory; that of this process by default.
        stdout: as for `subprocess.Popen`; standard error goes to the same place.

    Returns:
        The guardian. Its exit status is the command's (128 + N after signal N). Stop it with
        `stop_guarded`. Never write to its standard input: the guardian ends when that is readable.
    """
    return subprocess.Popen(
        [sys.executable, "-I", TOOLS / "guardian.py", *command],
        env=env,
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=None if stdout is None else subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        close_fds=False,  # the guardian inherits the preparation's lock; the command does not
    )


def stop_guarded(guardian: "subprocess.Popen[str]") -> int:
    """Stop a command that `start_guarded` started, and return its exit status.

    It gets SIGTERM, and SIGKILL after 5 seconds, so this returns within about 6 seconds.
    """
    if guardian.stdin is not None:
        guardian.stdin.close()
    return guardian.wait()
