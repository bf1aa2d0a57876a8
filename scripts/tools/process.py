"""Start programs so that they end with us, and end them."""

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
    """Start `command` under a guardian that ends it, and all its descendants, when we end.

    The command runs outside the terminal's reach: Ctrl-C and a closed terminal come to this
    process alone, whose end (even by SIGKILL) ends the command within a few seconds.

    Args:
        command: the program and its arguments.
        env: its whole environment; ours by default.
        cwd: where it runs; our own directory by default.
        stdout: as for `subprocess.Popen`, and taken for standard error as well.

    Returns:
        The guardian. Its exit status is the command's (128 + N after signal N). End it with
        `stop_guarded`; never write to its standard input, which is what holds it.
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
        close_fds=False,  # the guardian keeps a lock that we made inheritable, the command not
    )


def stop_guarded(guardian: "subprocess.Popen[str]") -> int:
    """End what `start_guarded` started, if it has not ended yet, and return its exit status.

    Asks with SIGTERM and forces after 5 seconds, so it returns within about 6.
    """
    if guardian.stdin is not None:
        guardian.stdin.close()
    return guardian.wait()
