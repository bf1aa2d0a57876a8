"""How much memory processes have used at most (proc(5))."""

import re
from collections.abc import Iterable
from pathlib import Path

_KIB = 1024


def peak_mib(processes: Iterable[int]) -> int:
    """The highest resident set that any of some processes has had so far, in MiB."""
    return max(_peak_kib(process) for process in processes) // _KIB


def _peak_kib(process: int) -> int:
    text = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", text)
    return int(found[1]) if found else 0
