"""Event streams in pieces: JavaScript that runs in Node as it does in workerd."""

import subprocess
from pathlib import Path

from tools.paths import NODE

SCRIPT = Path(__file__).with_name("event_parser.mjs")


def test_events_in_pieces_are_parsed_as_the_whole_stream_would_be() -> None:
    command = [str(NODE), "--js-base-64", str(SCRIPT), "1", "2000"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert (finished.stderr, finished.stdout.strip()) == ("", "2000")
