"""How wrangler is run here: on the Node and with the Pyodide that this checkout installed."""

import http.client
import os
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path

from tools.paths import NODE_MODULES, TOOLS

WRANGLER = NODE_MODULES / ".bin" / "wrangler"

# easel, and the stand-in for Workers AI that it is bound to locally.
LOCAL_CONFIGS = ("wrangler.toml", "stand-in/wrangler.toml")

_POLL_SECONDS = 0.1
_ANSWER_SECONDS = 60


def environment(prompts: bool = False) -> dict[str, str]:
    """Make wrangler's whole environment out of ours.

    Args:
        prompts: whether wrangler may ask questions and open a browser to log in.
    """
    changes = {
        # The package `node` has its binary here: wrangler needs a newer one than the system's.
        "PATH": os.pathsep.join((str(WRANGLER.parent), os.environ.get("PATH", os.defpath))),
        "MINIFLARE_WORKERD_PATH": str(TOOLS / "workerd"),
        "WRANGLER_SEND_METRICS": "false",
        # Where on earth the request came from matters to no one here, and asking needs a network.
        "CLOUDFLARE_CF_FETCH_ENABLED": "false",
    }
    if not prompts:
        changes["CI"] = "1"
    return {**os.environ, **changes}


def dev_command(
    name: str,
    configs: Sequence[str | Path],
    *,
    port: int,
    host: str = "localhost",
    variables: Sequence[str] = (),
    state: Path | None = None,
    inspector_port: int = 0,
) -> list[str]:
    """Make the command that serves locally, to be run in the repository's root.

    Args:
        name: the environment in the configuration files.
        configs: the Workers to run, the one that answers HTTP first.
        port: where to listen.
        host: the address to listen on.
        variables: settings of the first Worker, each as `NAME:VALUE`.
        state: the folder for the bucket and other local state; wrangler's own by default.
        inspector_port: where V8's inspector listens; 0 for any free port.
    """
    # Any port by default: a fixed one would keep a second instance from starting.
    command: list[str | Path] = [WRANGLER, "dev", "--env", name]
    command += ["--inspector-port", str(inspector_port), "--ip", host, "--port", str(port)]
    for config in configs:
        command += ["--config", config]
    for variable in variables:
        command += ["--var", variable]
    if state is not None:
        command += ["--persist-to", state]
    return [os.fspath(part) for part in command]


def wait_until_serving(host: str, port: int, is_alive: Callable[[], bool]) -> bool:
    """Wait for the first answer to GET /health, which the Worker's own Python gives.

    wrangler calls itself ready some seconds earlier.

    Args:
        host: the address to connect to.
        port: the port to connect to.
        is_alive: tells whether there is still something to wait for.

    Returns:
        Whether easel serves: not when it ended before or answers with a server error.
    """
    while is_alive():
        connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status < HTTPStatus.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            time.sleep(_POLL_SECONDS)
        finally:
            connection.close()
    return False
