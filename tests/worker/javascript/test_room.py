"""Memory that is given out in turn: JavaScript that runs in Node as it does in workerd."""

import subprocess
from pathlib import Path

from tools.paths import NODE

SCRIPT = Path(__file__).with_name("room.mjs")


def test_room_is_given_in_turn_and_small_bodies_need_none() -> None:
    command = [str(NODE), str(SCRIPT)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (finished.stderr, finished.stdout.strip()) == (
        "",
        "first, small, impatient gave up, second, behind the second, lost, after the lost one",
    )
