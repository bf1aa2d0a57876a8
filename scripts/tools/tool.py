"""Run a tool as one step of the preparation."""

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
    """Run a tool in the repository's root; print only the label of the step.

    Args:
        name: of the tool, for messages.
        label: describes the step.
        command: the program and its arguments.
        env: additions to the environment of this process.

    Raises:
        CommandError: the tool failed; the error has the tool's last lines.
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
                # Checked all the time: a tool may delete files before it fails, and not say why.
                disk_was_full |= _is_disk_full()
                reader.join(timeout=0.5)
        finally:
            status = stop_guarded(tool)
        reader.join(timeout=1)
    if status != 0:
        otherwise = f"{name} failed with exit status {status}. Its last lines say why."
        lines = [line.rstrip() for line in tail if line.strip()]
        sentence = explain(name, "\n".join(lines), otherwise)
        if disk_was_full or _is_disk_full():
            sentence = DISK_FULL
        raise CommandError(sentence, lines[-_LINES_SHOWN:])


def _is_disk_full() -> bool:
    return shutil.disk_usage(REPO).free < _FULL_BYTES
