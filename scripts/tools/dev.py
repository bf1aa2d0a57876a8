"""`./scripts/dev`: prepare the checkout and serve easel locally under `wrangler dev`."""

import argparse
import errno
import re
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from threading import Event, Thread

from tools.console import CommandError, is_coloured, say
from tools.failures import explain
from tools.paths import REPO
from tools.prepare import prepare
from tools.process import start_guarded, stop_guarded
from tools.wrangler import LOCAL_CONFIGS, dev_command, environment, wait_until_serving

_LINES_KEPT = 200

# The address to connect to, for addresses that only a server can use.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1", "*": "localhost"}


def main() -> int:
    """Serve until Ctrl-C.

    Raises:
        CommandError: the port is in use, the preparation failed, or wrangler ended.
    """
    options = _parse(sys.argv[1:])
    _check_port(options.host, options.port)
    prepare()
    _serve(options)
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./scripts/dev",
        description="Prepare this checkout (once) and serve easel locally. Ctrl-C ends it.",
    )
    parser.add_argument("--port", type=_port, default=8787, help="default: 8787")
    parser.add_argument(
        "--host",
        default="localhost",
        help="the address to listen on; default: localhost. While no key is set, other machines "
        "must use an IP address as the host, for example after `--host 0.0.0.0`",
    )
    parser.add_argument(
        "--var",
        action="append",
        default=[],
        type=_variable,
        metavar="NAME:VALUE",
        help="a setting of the Worker; may be repeated",
    )
    parser.add_argument(
        "--remote-ai",
        action="store_true",
        help="use the real Workers AI of your Cloudflare account instead of the stand-in",
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return int(text)


def _variable(text: str) -> str:
    if not re.match(r"[A-Za-z_]\w*:", text):
        raise argparse.ArgumentTypeError(f"{text!r} does not have the form NAME:VALUE")
    return text


def _check_port(host: str, port: int) -> None:
    """Try to listen on the port, because wrangler's own messages are unclear or missing."""
    unknown = f"{host} is not an address of this machine: choose another one with `--host`."
    sentences = {
        errno.EADDRINUSE: f"Port {port} is in use: stop the program that uses it, or choose "
        f"another port, for example `./scripts/dev --port {port % 65535 + 1}`.",
        errno.EACCES: f"Port {port} needs administrator rights: choose one above 1023 with "
        "`--port`.",
    }
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise CommandError(unknown) from None
    bound = False
    for family, kind, protocol, _, address in addresses:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
                bound = True
            except OSError as error:
                if error.errno in sentences:
                    raise CommandError(sentences[error.errno]) from None
    if not bound:
        raise CommandError(unknown)


def _serve(options: argparse.Namespace) -> None:
    remote = options.remote_ai
    command = dev_command(
        "remote-ai" if remote else "local",
        LOCAL_CONFIGS[:1] if remote else LOCAL_CONFIGS,
        port=options.port,
        host=options.host,
        variables=options.var,
    )
    colours = {"FORCE_COLOR": "1"} if is_coloured(sys.stdout) else {}

    say("Starting wrangler ...")
    up = Event()
    tail: deque[str] = deque(maxlen=_LINES_KEPT)
    wrangler = start_guarded(
        command, env={**environment(), **colours}, cwd=REPO, stdout=subprocess.PIPE
    )
    try:
        Thread(target=_announce, args=(options, wrangler, up), daemon=True).start()
        for line in wrangler.stdout or ():
            tail.append(line)
            say(line.rstrip("\n"))
    finally:
        status = stop_guarded(wrangler)
    otherwise = (
        f"wrangler ended with exit status {status} "
        + ("while easel was serving" if up.is_set() else "before easel was serving")
        + ". Its last lines above say why. Run the same command to start it again."
    )
    raise CommandError(explain("wrangler", "".join(tail), otherwise))


def _announce(options: argparse.Namespace, wrangler: "subprocess.Popen[str]", up: Event) -> None:
    host = _LOOPBACK.get(options.host, options.host)
    url = f"http://{f'[{host}]' if ':' in host else host}:{options.port}"
    serving = wait_until_serving(host, options.port, lambda: wrangler.poll() is None)
    with suppress(OSError):
        if serving:
            up.set()
            say(f"easel is serving at {url} (Ctrl-C ends it)")
        elif wrangler.poll() is None:
            say(f"easel returns an error for {url}/health: the lines above say why.")
