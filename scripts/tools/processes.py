"""What running processes have cost, as Linux's /proc tells it (proc(5))."""

import os
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(process: int) -> float:
    """CPU time that a process has used so far, in user and kernel mode."""
    user, system = _stat(process)[11:13]
    return (int(user) + int(system)) / _TICKS_PER_SECOND


def find_descendants(ancestor: int, program: str) -> list[int]:
    """Every process under `ancestor` that runs a program of this name."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        process = int(folder.name)
        try:
            if (folder / "comm").read_text().strip() == program and _descends(process, ancestor):
                found.append(process)
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            continue
    return found


def _descends(process: int, ancestor: int) -> bool:
    while process not in (0, ancestor):
        process = int(_stat(process)[1])
    return process == ancestor


def _stat(process: int) -> list[str]:
    """The fields from `state` on, which is behind a name that may contain anything."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
