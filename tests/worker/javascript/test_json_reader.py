"""JSON that is read piece by piece: JavaScript that runs in Node as it does in workerd."""

import subprocess
from pathlib import Path

import pytest

from tools.paths import NODE

SCRIPT = Path(__file__).with_name("json_reader.mjs")


@pytest.mark.parametrize("seed", [1, 2])
def test_pieces_are_read_as_the_whole_would_be(seed: int) -> None:
    command = [str(NODE), "--js-base-64", str(SCRIPT), str(seed), "2000"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert int(finished.stdout) > 4000
