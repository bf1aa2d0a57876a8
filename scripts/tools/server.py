"""Run easel under `wrangler dev` in the background, for the tests and the bench."""

import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from tools.paths import REPO
from tools.process import start_guarded, stop_guarded
from tools.wrangler import LOCAL_CONFIGS, dev_command, environment, wait_until_serving

# The folder of the snapshot that servers start from, if it is set. `tools/workerd` reads it.
SNAPSHOT_DIR = "EASEL_SNAPSHOT_DIR"


@dataclass(frozen=True)
class RunningServer:
    """A local server.

    Attributes:
        url: its origin.
        lines: the output so far; the list grows.
        guardian: the ancestor of wrangler and workerd.
        inspector_port: the port of V8's inspector.
    """

    url: str
    lines: list[str]
    guardian: "subprocess.Popen[str]"
    inspector_port: int


@contextmanager
def running(
    *,
    state: Path,
    configs: Sequence[str | Path] = LOCAL_CONFIGS,
    variables: Mapping[str, str] | None = None,
    is_cold: bool = False,
) -> Iterator[RunningServer]:
    """Serve on a free port until the context ends.

    Args:
        state: the folder for the bucket and other local state.
        configs: the Workers to run, first the one that serves HTTP.
        variables: settings of the first Worker.
        is_cold: whether Python starts from scratch even if there is a snapshot.

    Raises:
        RuntimeError: the server ended before it served; the message has its last lines.
    """
    port, inspector_port = _free_port(), _free_port()
    command = dev_command(
        "local",
        configs,
        port=port,
        variables=[f"{name}:{value}" for name, value in (variables or {}).items()],
        state=state,
        inspector_port=inspector_port,
    )
    env = environment()
    if is_cold or tuple(configs) != LOCAL_CONFIGS:
        env.pop(SNAPSHOT_DIR, None)
    lines: list[str] = []
    with start_guarded(command, env=env, cwd=REPO, stdout=subprocess.PIPE) as guardian:
        reader = Thread(target=lines.extend, args=(guardian.stdout or (),), daemon=True)
        reader.start()
        try:
            if not wait_until_serving("localhost", port, lambda: guardian.poll() is None):
                raise RuntimeError("wrangler ended:\n" + "".join(lines[-50:]))
            yield RunningServer(f"http://localhost:{port}", lines, guardian, inspector_port)
        finally:
            stop_guarded(guardian)
            reader.join()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
