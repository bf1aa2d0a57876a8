"""The course of the campaign: load and kills, recovery, reconciliation."""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock

import httpx2

from campaigns.clean_up import clean_up_everything
from campaigns.kill.client import ask
from campaigns.kill.load import KEYS, LoadRequest, draw_load
from campaigns.kill.outcome import Outcome
from campaigns.kill.reconciliation import Accounts, reconcile
from campaigns.library import list_images
from campaigns.local_state import age_leases, read_bucket, read_open_requests, read_usage
from campaigns.report import Report
from campaigns.stage import ADMIN, serving_fakes, settings_for
from fakes.server import Fake
from support.workerd import Workerd
from tools.console import say
from tools.server import RunningServer, running

_FAKES = ("custom", "fal", "openai", "replicate", "together")
_CLIENTS = 12
_SHORTEST_LIFE, _LONGEST_LIFE = 0.2, 4.0
_ROUNDS_BETWEEN_LINES = 10

# Longer than a lease, and than the time before the clean-up settles interrupted requests.
_AGED_SECONDS = 3600.0


class _Address:
    """Where easel is; restarts of wrangler move it."""

    def __init__(self, url: str) -> None:
        self.url = url


def run(seed: int, rounds: int) -> Report:
    """Kill workerd `rounds` times under load, let it recover, and compare all accounts."""
    report = Report()
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving_fakes(_FAKES) as fakes,
        ThreadPoolExecutor(_CLIENTS) as pool,
    ):
        state = Path(folder)
        settings = settings_for(fakes, KEYS.values())
        load = _Load(draw_load(seed, fakes["custom"].url))
        with running(state=state, variables=settings) as easel:
            address = _Address(easel.url)
            clients = [pool.submit(load.send_all, address) for _ in range(_CLIENTS)]
            with _stopping(load):
                _kill_at_random(easel, random.Random(seed), rounds)
        log = [*easel.lines]
        age_leases(state, _AGED_SECONDS)
        with running(state=state, variables=settings) as easel:
            address.url = easel.url
            outcomes = _collect(clients)
            settled = clean_up_everything(easel)
            accounts = _read_accounts(easel, outcomes, fakes)
        log += easel.lines
        accounts.open_requests = read_open_requests(state)
        accounts.usage = read_usage(state)
        accounts.bucket = read_bucket(state)
    report.add_figure("kills of workerd", rounds)
    report.add_figure("requests settled by the clean-up", settled)
    report.add_figure("tracebacks in the log", sum("Traceback" in line for line in log))
    reconcile(accounts, report)
    report.add_figure("seconds", f"{time.monotonic() - began:.0f}")
    return report


class _Load:
    """The requests that all clients together still have to send."""

    def __init__(self, requests: Iterator[LoadRequest]) -> None:
        self._requests = requests
        self._lock = Lock()
        self.is_over = Event()

    def send_all(self, address: _Address) -> list[Outcome]:
        """Send requests one after another until the load is over."""
        outcomes = []
        while not self.is_over.is_set():
            with self._lock:
                request = next(self._requests)
            outcomes.append(ask(request, lambda: address.url))
        return outcomes


@contextmanager
def _stopping(load: _Load) -> Iterator[None]:
    """End the load with the context, however that ends."""
    try:
        yield
    finally:
        load.is_over.set()


def _kill_at_random(easel: RunningServer, draw: random.Random, rounds: int) -> None:
    workerd = Workerd(easel)
    for number in range(1, rounds + 1):
        time.sleep(draw.uniform(_SHORTEST_LIFE, _LONGEST_LIFE))
        workerd.kill()
        # The last time wrangler is ended as well, with whatever is under way.
        if number < rounds:
            workerd.wait_until_serving()
        if number % _ROUNDS_BETWEEN_LINES == 0:
            say(f"  {number} of {rounds} kills")


def _collect(clients: list[Future[list[Outcome]]]) -> list[Outcome]:
    wait(clients)
    return [outcome for client in clients for outcome in client.result()]


def _read_accounts(
    easel: RunningServer, outcomes: list[Outcome], fakes: Mapping[str, Fake]
) -> Accounts:
    with httpx2.Client(base_url=easel.url, timeout=60) as http:
        history = {name: [*list_images(http, key)] for name, key in KEYS.items()}
        usage = http.get("/v1/usage", params={"group_by": "key"}, headers=ADMIN.headers)
        totals = {row["name"]: row for row in usage.raise_for_status().json()["data"]}
    prompts = [outcome.request.prompt for outcome in outcomes]
    bought = {
        prompt: Counter({name: fake.bought(prompt) for name, fake in fakes.items()})
        for prompt in prompts
    }
    made = {
        prompt: [content for fake in fakes.values() for content in fake.made(prompt)]
        for prompt in prompts
    }
    return Accounts(outcomes, bought, made, history, totals)
