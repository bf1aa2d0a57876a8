"""CPU times and descendants of running processes, from Linux's /proc (proc(5))."""

import os
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(process: int) -> float:
    """Return the CPU seconds that a process has used, in user and kernel mode."""
    user, system = _stat(process)[11:13]
    return (int(user) + int(system)) / _TICKS_PER_SECOND


def find_descendants(ancestor: int, program: str) -> list[int]:
    """Return the ids of all descendants of `ancestor` that run a program of this name."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        process = int(folder.name)
        try:
            if (folder / "comm").read_text().strip() == program and _descends(process, ancestor):
                found.append(process)
        except (FileNotFoundError, ProcessLookupError):  # the process has ended
            continue
    return found


def _descends(process: int, ancestor: int) -> bool:
    while process not in (0, ancestor):
        process = int(_stat(process)[1])
    return process == ancestor


def _stat(process: int) -> list[str]:
    """Return the fields from `state` on. The name before them may contain any character."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
