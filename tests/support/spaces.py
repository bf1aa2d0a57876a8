"""The Gradio app of `tests/spaces`, in a venv with its packages."""

import hashlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tools.paths import CACHE, PYTHON, UV
from tools.process import start_guarded, stop_guarded

_FOLDER = Path(__file__).parents[1] / "spaces"
_PATIENCE_SECONDS = 60


@contextmanager
def serving_spaces() -> Iterator[str]:
    """Serve it on a free port and yield its origin; the first time this installs its packages."""
    python = _installed()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Gradio would ask the internet for its newest version.
    env = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    command: list[str | Path] = [python, _FOLDER / "app.py", str(port)]
    with start_guarded(command, env=env, stdout=subprocess.DEVNULL) as guardian:
        try:
            _wait_for(f"http://127.0.0.1:{port}/openapi.json")
            yield f"http://127.0.0.1:{port}"
        finally:
            stop_guarded(guardian)


def _installed() -> Path:
    """The Python of a venv with exactly the packages of the app."""
    packages = _FOLDER / "requirements.txt"
    digest = hashlib.sha256(packages.read_bytes()).hexdigest()[:16]
    venv = CACHE / "spaces" / digest
    if not (venv / "made").exists():
        shutil.rmtree(venv.parent, ignore_errors=True)
        subprocess.run([UV, "venv", "--quiet", "--python", PYTHON, venv], check=True)
        command: list[str | Path] = [UV, "pip", "install", "--quiet", "--requirements", packages]
        subprocess.run([*command, "--python", venv / "bin" / "python"], check=True)
        (venv / "made").touch()
    return venv / "bin" / "python"


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            httpx2.get(url).raise_for_status()
        except httpx2.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
