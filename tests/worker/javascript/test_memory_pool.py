"""The memory pool: JavaScript that runs in Node as it does in workerd."""

import subprocess
from pathlib import Path

from tools.paths import NODE

SCRIPT = Path(__file__).with_name("memory_pool.mjs")


def test_memory_is_reserved_in_turn_and_small_bodies_need_none() -> None:
    command = [str(NODE), str(SCRIPT)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (finished.stderr, finished.stdout.strip()) == (
        "",
        "first, small, impatient gave up, second, behind the second, lost, after the lost one",
    )
