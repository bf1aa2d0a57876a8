"""Run wrangler with the Node.js and the Pyodide that this checkout installed."""

import http.client
import os
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path

from tools.paths import NODE_MODULES, TOOLS

WRANGLER = NODE_MODULES / ".bin" / "wrangler"

# easel, and the stand-in for Workers AI, which is its AI binding locally.
LOCAL_CONFIGS = ("wrangler.toml", "stand-in/wrangler.toml")

_POLL_SECONDS = 0.1
_TIMEOUT_SECONDS = 60


def environment(prompts: bool = False) -> dict[str, str]:
    """Return the whole environment of wrangler.

    Args:
        prompts: whether wrangler may prompt and open a browser to log in.
    """
    changes = {
        # The npm package `node` has its binary here; the system's Node.js may be too old.
        "PATH": os.pathsep.join((str(WRANGLER.parent), os.environ.get("PATH", os.defpath))),
        "MINIFLARE_WORKERD_PATH": str(TOOLS / "workerd"),
        "WRANGLER_SEND_METRICS": "false",
        # Fetching the location of requests needs a network, and easel does not use it.
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
    """Return the command that serves locally; it must run in the repository's root.

    Args:
        name: the environment in the configuration files.
        configs: the Workers to run, first the one that serves HTTP.
        port: the port to listen on.
        host: the address to listen on.
        variables: settings of the first Worker, each as `NAME:VALUE`.
        state: the folder for the bucket and other local state; wrangler's own by default.
        inspector_port: the port of V8's inspector; 0 for any free port.
    """
    # By default any free port: with a fixed one, a second instance could not start.
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
    """Wait for the first response to GET /health, which the Worker's Python code sends.

    wrangler reports that it is ready some seconds earlier.

    Args:
        host: the address to connect to.
        port: the port to connect to.
        is_alive: returns whether wrangler is still running.

    Returns:
        Whether easel serves; False if wrangler has ended or easel returns a server error.
    """
    while is_alive():
        connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status < HTTPStatus.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            time.sleep(_POLL_SECONDS)
        finally:
            connection.close()
    return False
