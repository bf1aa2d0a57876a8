"""Send mutated requests and check every answer."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import urlsplit

from campaigns.answers import code_of, is_from_easel
from campaigns.fuzz.client import Answer, BrokenError, Client, HangError
from campaigns.fuzz.message import Message
from campaigns.fuzz.mutate import make_case
from campaigns.fuzz.templates import Stored, templates
from campaigns.fuzz.verdict import faults
from campaigns.report import Report
from support.guarded import KEYS, shown
from support.server import Server, wait_until
from tools.console import say
from tools.processes import find_descendants
from tools.server import running

ALL = -1

_BATCH = 250
_CONNECTIONS = 6
_PROGRESS = 2000
_SHOWN_BYTES = 1500

# Far longer than any answer takes, even on a machine that is busy with other things.
_PATIENCE_SECONDS = 15.0

Clients = SimpleQueue[Client]


@dataclass(frozen=True)
class Outcome:
    """A case with its answer, or with the reason why there was none."""

    number: int
    message: Message
    answer: Answer | None
    failure: BrokenError | None = None


def run(seed: int, cases: int, only: int = ALL) -> Report:
    """Send so many requests, or only the one of a number."""
    report = Report()
    variables = {"EASEL_API_KEYS": KEYS.setting(), "ALLOW_ANONYMOUS": "false"}
    with (
        tempfile.TemporaryDirectory() as folder,
        running(state=Path(folder), variables=variables) as easel,
    ):
        server = Server(easel.url, Path(folder), easel.lines)
        valid = templates(KEYS.admin, _prepare(server))

        def make(number: int) -> Message:
            return make_case(seed, number, valid)

        def processes() -> list[int]:
            return sorted(find_descendants(easel.guardian.pid, "workerd"))

        if only != ALL:
            _show(only, make, server, report)
        else:
            _attack(range(cases), make, processes, server, report)
    return report


def _prepare(server: Server) -> Stored:
    """Make an image and a background request, for requests about them."""
    with server.client() as client:
        client.headers.update(shown(KEYS.admin))
        made = client.post("/v1/images/generations", json={"prompt": "a fox", "seed": 1})
        order = {"prompt": "a fox", "seed": 2, "background": True}
        job = client.post("/v1/images/generations", json=order).json()["id"]
        state = f"/v1/images/jobs/{job}"
        wait_until(lambda: client.get(state).json()["status"] == "completed")
    path = urlsplit(made.json()["data"][0]["url"]).path
    return Stored(path.encode(), Path(path).stem.encode(), job.encode())


def _show(number: int, make: Callable[[int], Message], server: Server, report: Report) -> None:
    """Send one request and print it with its answer."""
    message = make(number)
    say(f"{message.route}, {', '.join(message.mutations)}\n{message.encode()!r}\n")
    with _clients(server) as clients:
        outcome = _send(number, message, clients)
    say(f"{outcome.answer or outcome.failure!r}")
    _check(outcome, Counter(), report)


def _attack(
    numbers: Sequence[int],
    make: Callable[[int], Message],
    processes: Callable[[], list[int]],
    server: Server,
    report: Report,
) -> None:
    """Send requests in batches, several at a time, and look at easel after each batch."""
    counts: Counter[str] = Counter()
    before = processes()
    pending, sent, slowest = iter(numbers), 0, (0.0, 0)
    with _clients(server) as clients, ThreadPoolExecutor(_CONNECTIONS) as pool:
        while batch := [*islice(pending, _BATCH)]:
            outcomes = [*pool.map(lambda number: _send(number, make(number), clients), batch)]
            for outcome in outcomes:
                # Others may have kept it waiting: what hangs by itself is at fault.
                if isinstance(outcome.failure, HangError) and not outcome.message.is_malformed:
                    counts["hung, and sent again alone"] += 1
                    outcome = _send(outcome.number, outcome.message, clients)
                _check(outcome, counts, report)
                if outcome.answer is not None:
                    slowest = max(slowest, (outcome.answer.seconds, outcome.number))
            where = f"after the cases {batch[0]} to {batch[-1]}"
            _check_canary(server, where, report)
            report.check(processes() == before, f"workerd ended {where}")
            before = processes()
            sent += len(batch)
            if sent % _PROGRESS == 0:
                say(f"  {sent:,} requests, {len(report.breaches)} breaches")
    report.add_figure("requests", sent)
    report.add_figure("slowest answer", f"{slowest[0]:.1f} s, case {slowest[1]}")
    for name, count in sorted(counts.items()):
        report.add_figure(name, count)


@contextmanager
def _clients(server: Server) -> Iterator[Clients]:
    """As many clients as requests are sent at a time."""
    url = urlsplit(server.url)
    free = Clients()
    with ExitStack() as stack:
        for _ in range(_CONNECTIONS):
            client = Client((url.hostname or "", url.port or 0), _PATIENCE_SECONDS)
            free.put(stack.enter_context(client))
        yield free


def _send(number: int, message: Message, clients: Clients) -> Outcome:
    """Send a request by a client that is free."""
    client = clients.get()
    try:
        answer = client.send(message.encode(), message.method, is_malformed=message.is_malformed)
    except BrokenError as failure:
        return Outcome(number, message, None, failure)
    finally:
        clients.put(client)
    return Outcome(number, message, answer)


def _check(outcome: Outcome, counts: Counter[str], report: Report) -> None:
    answer, message = outcome.answer, outcome.message
    if answer is None:
        if message.is_malformed:
            counts["malformed, without an answer"] += 1
        else:
            report.add_breach(_describe(outcome, f"no answer: {outcome.failure}"))
        return
    by = "easel" if is_from_easel(answer.headers) else "the proxy before easel"
    code = code_of(answer.body) if answer.body and answer.status >= 400 else None
    counts[f"{by}: {answer.status} {code or ''}".rstrip()] += 1
    for fault in faults(message, answer):
        report.add_breach(_describe(outcome, fault))


def _describe(outcome: Outcome, fault: str) -> str:
    content = outcome.message.encode()
    sent = repr(content[:_SHOWN_BYTES])
    if len(content) > _SHOWN_BYTES:
        sent += f" and {len(content) - _SHOWN_BYTES} more bytes"
    made = f"{outcome.message.route} with {', '.join(outcome.message.mutations)}"
    return f"{fault}\n  case {outcome.number} (--only {outcome.number}), {made}\n  {sent}"


def _check_canary(server: Server, where: str, report: Report) -> None:
    """See whether easel still makes images."""
    with server.client() as client:
        order = {"prompt": "a canary", "seed": 1, "response_format": "b64_json"}
        answer = client.post("/v1/images/generations", json=order, headers=shown(KEYS.admin))
    report.check(answer.status_code == 200, f"a good request fails {where}: {answer.text[:300]}")
