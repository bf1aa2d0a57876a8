"""The OpenAI SDK for JavaScript."""

import json
import subprocess
from pathlib import Path

from support.pictures import photo
from support.server import Server
from tools.paths import NODE
from tools.wrangler import environment

SCRIPT = Path(__file__).with_name("node_sdk.mjs")


def test_the_node_sdk_does_everything(server: Server, tmp_path: Path) -> None:
    image = tmp_path / "photo.png"
    image.write_bytes(photo(300, 200))
    finished = subprocess.run(
        [NODE, SCRIPT, f"{server.url}/v1", image],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    seen = json.loads(finished.stdout)
    assert seen["types"] == ["image/jpeg", "image/jpeg"]
    assert seen["decoded"] == [255, 216, 255]
    assert seen["edited"] == [1, 1]
    assert seen["events"] == ["image_generation.completed"]
    assert seen["models"]
    assert seen["retrieved"] == "@cf/black-forest-labs/flux-1-schnell"
    assert seen["error"] == {"status": 400, "code": "invalid_value", "param": "n", "id": True}
