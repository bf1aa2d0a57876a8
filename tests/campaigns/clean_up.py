"""The hourly clean-up, triggered by hand."""

import json
from typing import Any

import httpx2

from support.server import wait_until
from tools.server import RunningServer

# https://developers.cloudflare.com/workers/configuration/cron-triggers/#test-cron-triggers-locally
_TRIGGER = "/cdn-cgi/local/scheduled"
_MOST_RUNS = 100


def run_clean_up(easel: RunningServer) -> dict[str, Any]:
    """Run the clean-up once and return its line of the log."""
    seen = len(easel.lines)
    httpx2.get(f"{easel.url}{_TRIGGER}", timeout=120).raise_for_status()
    wait_until(lambda: bool(_lines(easel, seen)))
    line: dict[str, Any] = json.loads(_lines(easel, seen)[0])
    return line


def clean_up_everything(easel: RunningServer) -> int:
    """Run the clean-up until it finds no interrupted request; returns how many it has settled.

    Raises:
        TimeoutError: it does not come to an end.
    """
    settled = 0
    for _ in range(_MOST_RUNS):
        line = run_clean_up(easel)
        settled += int(line["requests_settled"])
        if not line["requests_settled"]:
            return settled
    raise TimeoutError("the clean-up goes on for ever")


def _lines(easel: RunningServer, seen: int) -> list[str]:
    return [line for line in [*easel.lines[seen:]] if line.startswith('{"event": "clean_up"')]
