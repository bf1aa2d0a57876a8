"""`./scripts/bench`: measure the CPU time of requests in the workerd process.

CPU time is read from /proc before and after some hundred requests, so the bench needs Linux. The
stand-in for Workers AI and the simulated bucket run in the same process. The row "control" makes
the same calls in plain JavaScript, so the cost of easel itself is the difference to it.
"""

import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from tools.bench_upstream import upstream
from tools.console import CommandError, say
from tools.paths import PYTHON_MODULES, REPO, SCRIPTS
from tools.prepare import prepare
from tools.processes import cpu_seconds, find_descendants
from tools.server import RunningServer, running
from tools.wrangler import LOCAL_CONFIGS, WRANGLER, environment

_WORKERS = SCRIPTS / "bench_workers"
_OK = (_WORKERS / "ok" / "wrangler.toml",)
_CONTROL = (_WORKERS / "control" / "wrangler.toml", LOCAL_CONFIGS[1])

# The rows take turns, so that a busy moment of the machine affects all of them.
_ROUNDS = 5
_REQUESTS = 60
_WARM_UP = 20
_STARTS = 3

# The size of the fake provider's image, in bytes.
_PROVIDER_BYTES = 3_000_000

# The delay of the stand-in for one image, in milliseconds.
_DELAY_MS = 500

_KEY = os.urandom(16).hex()
_KEYS = ",".join([*(os.urandom(16).hex() for _ in range(19)), _KEY])

_SCHNELL = "@cf/black-forest-labs/flux-1-schnell"
_GENERATIONS: Sequence[tuple[str, Mapping[str, object]]] = [
    *(
        (
            f"{form}, {size // 1000:,} KB",
            {
                "model": _SCHNELL,
                "prompt": f"[stand-in pad {size}]",
                "response_format": form,
                "seed": 1,
            },
        )
        for form in ("url", "b64_json")
        for size in (100_000, 3_000_000)
    ),
    # The same size from a provider over HTTP.
    *(
        (
            f"{form}, {_PROVIDER_BYTES // 1000:,} KB over HTTP",
            {"model": "openai/gpt-image-2", "prompt": "a fox", "response_format": form},
        )
        for form in ("url", "b64_json")
    ),
]


@dataclass
class Row:
    """One kind of request to one Worker, and its measurements so far.

    Attributes:
        headers: returns the additional headers of one request.
        cpu: CPU time of workerd, in seconds.
        waits: the response time of each request, in seconds.
    """

    name: str
    server: "Bench"
    method: str
    path: str
    body: bytes | None = None
    headers: Callable[[], Mapping[str, str]] = dict
    cpu: float = 0.0
    waits: list[float] = field(default_factory=list)

    def run(self, requests: int) -> None:
        """Send requests one after another and add up their times."""
        self.server.connect()
        before = cpu_seconds(self.server.workerd)
        for _ in range(requests):
            start = time.perf_counter()
            self.server.send(self.method, self.path, self.body, self.headers())
            self.waits.append(time.perf_counter() - start)
        self.cpu += cpu_seconds(self.server.workerd) - before


class Bench:
    """A running Worker: its workerd process and a connection to it."""

    def __init__(self, server: RunningServer) -> None:
        # The other workerd is wrangler's proxy, which uses far less CPU time to start.
        workers = find_descendants(server.guardian.pid, "workerd")
        self.workerd = max(workers, key=cpu_seconds)
        self.started = cpu_seconds(self.workerd)
        self._address = urlsplit(server.url).netloc
        self.connect()

    def connect(self) -> None:
        """Open a new connection, because the server closes idle ones."""
        self._connection = http.client.HTTPConnection(self._address)

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        """Send one request and return the body of its response."""
        sent = {"content-type": "application/json", **headers}
        self._connection.request(method, path, body, sent)
        response = self._connection.getresponse()
        content = response.read()
        if response.status != http.HTTPStatus.OK:
            raise CommandError(f"{method} {path} returned {response.status}: {content[:200]!r}")
        return content


def main() -> int:
    """Measure all rows and print the table.

    Raises:
        CommandError: this is not Linux, or the preparation failed.
    """
    if not Path("/proc/self/stat").exists():
        raise CommandError("The bench needs Linux: it reads CPU times from /proc.")
    prepare()
    say(f"Measuring {_ROUNDS * _REQUESTS} requests a row ...")
    with ExitStack() as stack:
        provider = stack.enter_context(upstream(_PROVIDER_BYTES))
        ok = stack.enter_context(_serving(_OK))
        control = stack.enter_context(_serving(_CONTROL, {"UPSTREAM": provider}))
        easel = stack.enter_context(
            _serving(LOCAL_CONFIGS, {"OPENAI_BASE_URL": provider, "OPENAI_API_KEY": "any"})
        )
        guarded = stack.enter_context(_serving(LOCAL_CONFIGS, {"EASEL_API_KEYS": _KEYS}))
        rows = [*_rows(ok, control, easel), *_guards(easel, guarded)]
        for row in rows:
            row.run(_WARM_UP)
            row.cpu = 0.0
            row.waits.clear()
        for _ in range(_ROUNDS):
            for row in rows:
                row.run(_REQUESTS)
        together = _wait_for_four(easel)
    _print_rows(rows)
    say(f"\nn=4 on a model that takes {_DELAY_MS} ms: {together:.0f} ms, median of {_STARTS}")
    _print_start_up()
    say(f"\nUpload: {_upload_size()}")
    return 0


def _rows(ok: Bench, control: Bench, easel: Bench) -> list[Row]:
    rows = [
        Row('Python Worker, "ok"', ok, "GET", "/"),
        Row("easel, /health", easel, "GET", "/health"),
    ]
    for label, body in _GENERATIONS:
        encoded = json.dumps(body).encode()
        for name, server in (("control", control), ("easel", easel)):
            rows.append(Row(f"{name}, {label}", server, "POST", "/v1/images/generations", encoded))
    for size in (100_000, 3_000_000):
        body = {"prompt": f"[stand-in pad {size}]", "seed": 1}
        answer = easel.send("POST", "/v1/images/generations", json.dumps(body).encode(), {})
        path = urlsplit(json.loads(answer)["data"][0]["url"]).path
        rows.append(Row(f"easel, stored image, {size // 1000:,} KB", easel, "GET", path))
    return rows


def _guards(easel: Bench, guarded: Bench) -> list[Row]:
    """Return rows that add one guard at a time to the same request, and rows for the ledger.

    Every generation calls the ledger twice. The last two rows differ by one call of the ledger.
    """
    path = "/v1/images/generations"
    body = json.dumps({"prompt": "[stand-in pad 100000]", "seed": 1}).encode()
    key = {"authorization": f"Bearer {_KEY}"}
    return [
        Row("guards: only the ledger", easel, "POST", path, body),
        Row("guards: + one of 20 keys", guarded, "POST", path, body, lambda: key),
        Row(
            "guards: + an idempotency key",
            guarded,
            "POST",
            path,
            body,
            lambda: {**key, "idempotency-key": os.urandom(16).hex()},
        ),
        Row(
            "guards: one call of the ledger",
            guarded,
            "GET",
            "/v1/images?limit=1",
            None,
            lambda: key,
        ),
        Row(
            "guards: the same without it", guarded, "GET", "/v1/models/dall-e-3", None, lambda: key
        ),
    ]


def _wait_for_four(easel: Bench) -> float:
    """Return the milliseconds for n=4 if each image takes `_DELAY_MS`."""
    body = {"prompt": f"[stand-in delay {_DELAY_MS}]", "n": 4, "seed": 1}
    row = Row("", easel, "POST", "/v1/images/generations", json.dumps(body).encode())
    row.run(_STARTS)
    return 1000 * median(row.waits)


def _print_rows(rows: Sequence[Row]) -> None:
    say(f"\n{'':36}{'CPU ms':>8}{'over control':>14}{'p50 ms':>9}{'p99 ms':>9}")
    control = 0.0
    for row in rows:
        cpu = 1000 * row.cpu / len(row.waits)
        over = ""
        if row.name.startswith("control"):
            control = cpu
        elif row.method == "POST" and row.name.startswith("easel"):
            over = f"{cpu - control:+.1f}"
        waits = sorted(1000 * wait for wait in row.waits)
        p99 = waits[int(0.99 * len(waits))]
        say(f"{row.name:36}{cpu:8.1f}{over:>14}{median(waits):9.1f}{p99:9.1f}")


def _print_start_up() -> None:
    say(f"\nCPU time until the first response, median of {_STARTS} starts:")
    for name, configs in (('Python Worker, "ok"', _OK), ("easel", LOCAL_CONFIGS)):
        starts = []
        for _ in range(_STARTS):
            with _serving(configs) as server:
                starts.append(server.started)
        say(f"{name:36}{median(starts):8.1f} s")


def _upload_size() -> str:
    finished = subprocess.run(
        [WRANGLER, "deploy", "--dry-run"],
        cwd=REPO,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    match = re.search(r"Total Upload: (.*)", finished.stdout)
    if match is None:
        raise CommandError(
            "wrangler deploy --dry-run printed no size.", finished.stdout.split("\n")
        )
    return match[1]


@contextmanager
def _serving(
    configs: Sequence[str | Path], variables: Mapping[str, str] | None = None
) -> Iterator[Bench]:
    # wrangler uploads the packages that are beside a Worker's configuration.
    packages = _WORKERS / "ok" / PYTHON_MODULES.name
    # Only if needed, because wrangler restarts a Worker whose packages change.
    if packages.resolve() != PYTHON_MODULES.resolve():
        packages.unlink(missing_ok=True)
        packages.symlink_to(PYTHON_MODULES)
    state = tempfile.mkdtemp()
    try:
        with running(state=Path(state), configs=configs, variables=variables) as server:
            yield Bench(server)
    finally:
        shutil.rmtree(state, ignore_errors=True)
