"""The workerd process that runs easel, for tests that kill it or measure its memory."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx2

from tools.processes import cpu_seconds, find_descendants
from tools.server import RunningServer

_BOOT_SECONDS = 120
_POLL_SECONDS = 0.1
_KIB = 1024

# Every response of easel has this header; those of wrangler's proxy do not.
_EASELS_OWN = "x-request-id"


def is_from_easel(response: httpx2.Response) -> bool:
    """Whether a response comes from easel, not from wrangler's proxy in front of it."""
    return _EASELS_OWN in response.headers


class Workerd:
    """The workerd process of a running easel, which wrangler restarts when it dies."""

    def __init__(self, easel: RunningServer) -> None:
        self._easel = easel
        # The other one is wrangler's proxy, which uses far less CPU time than Python's start.
        first, *others = sorted(self._all(), key=cpu_seconds)
        if not others:
            raise RuntimeError("there is no workerd behind wrangler's proxy")
        self._proxy = first

    def _all(self) -> list[int]:
        return find_descendants(self._easel.guardian.pid, "workerd")

    @property
    def process(self) -> int:
        """The process id, which changes with every restart.

        Raises:
            ProcessLookupError: the process is not running.
        """
        found = [process for process in self._all() if process != self._proxy]
        if not found:
            raise ProcessLookupError("workerd does not run")
        return max(found)

    def kill(self) -> None:
        """Kill the process with SIGKILL."""
        os.kill(self.process, signal.SIGKILL)

    def wait_until_restarted(self, killed: int) -> None:
        """Wait until wrangler has started another process, in which easel may still boot.

        Raises:
            TimeoutError: there is none in time.
        """
        _wait_until(lambda: any(one not in (self._proxy, killed) for one in self._all()))

    def wait_until_serving(self) -> None:
        """Wait until easel answers.

        Raises:
            TimeoutError: it does not answer in time.
        """
        _wait_until(self._is_serving)

    def _is_serving(self) -> bool:
        try:
            return is_from_easel(httpx2.get(f"{self._easel.url}/health", timeout=_BOOT_SECONDS))
        except httpx2.TransportError:
            return False

    def resident_bytes(self) -> int:
        """The resident set size of the process (VmRSS of proc(5))."""
        lines = Path(f"/proc/{self.process}/status").read_text().splitlines()
        found = next(line for line in lines if line.startswith("VmRSS:"))
        return int(found.split()[1]) * _KIB


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _BOOT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("easel does not come back after workerd was killed")
        time.sleep(_POLL_SECONDS)
