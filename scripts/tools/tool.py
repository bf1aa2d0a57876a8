"""Run one tool as one step of the preparation."""

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread

from tools.console import CommandError, step
from tools.failures import DISK_FULL, explain
from tools.paths import REPO
from tools.process import start_guarded, stop_guarded

_LINES_KEPT = 200
_LINES_SHOWN = 12
_FULL_BYTES = 10_000_000


def run_tool(
    name: str, label: str, command: Sequence[str | Path], env: Mapping[str, str] | None = None
) -> None:
    """Run a tool quietly in the repository's root, saying only what it is there for.

    Args:
        name: what the user knows the tool as.
        label: what the step does, for the user.
        command: the program and its arguments.
        env: what to add to our own environment.

    Raises:
        CommandError: it failed; carries the tool's last lines.
    """
    tail: deque[str] = deque(maxlen=_LINES_KEPT)
    disk_was_full = False
    with step(label) as tick:
        tool = start_guarded(
            command,
            env={**os.environ, "NO_COLOR": "1", **(env or {})},
            cwd=REPO,
            stdout=subprocess.PIPE,
        )
        reader = Thread(target=tail.extend, args=(tool.stdout,), daemon=True)
        reader.start()
        try:
            while tool.poll() is None:
                tick()
                # Looked at all along: a tool may clean up, and not say why, before it fails.
                disk_was_full |= _is_disk_full()
                reader.join(timeout=0.5)
        finally:
            status = stop_guarded(tool)
        reader.join(timeout=1)
    if status != 0:
        otherwise = f"{name} failed with exit status {status}: its last lines say why."
        lines = [line.rstrip() for line in tail if line.strip()]
        sentence = explain(name, "\n".join(lines), otherwise)
        if disk_was_full or _is_disk_full():
            sentence = DISK_FULL
        raise CommandError(sentence, lines[-_LINES_SHOWN:])


def _is_disk_full() -> bool:
    return shutil.disk_usage(REPO).free < _FULL_BYTES
