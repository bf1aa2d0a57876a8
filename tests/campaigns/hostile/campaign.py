"""Ask for images while upstreams lie, and check what easel makes of it."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic

from campaigns.hostile.attempt import Attempt, make_attempt
from campaigns.hostile.lanes import LANES
from campaigns.hostile.memory import peak_mib
from campaigns.hostile.probe import Finding, probe
from campaigns.hostile.proxy import Proxy
from campaigns.hostile.trap import Trap, trap
from campaigns.hostile.upstreams import owners_token, settings, upstreams
from campaigns.hostile.verdict import log_faults
from campaigns.report import Report
from support.guarded import KEYS
from support.server import Server
from tools.console import say
from tools.processes import find_descendants
from tools.server import running

ALL = -1

CALL_SECONDS, JOB_SECONDS = 2, 4

# Beyond what it has after a first image of each provider: of each upstream an answer of the largest
# size that easel takes, and what is not collected yet.
_MEMORY_MIB = 800


@dataclass
class _Tally:
    """What was found so far, by several threads.

    Attributes:
        done: how many cases.
        counts: of what came of them.
        slowest: seconds of the case that took longest, and its lie.
        spoilt: the fakes for which the owner's credential is used no more.
    """

    report: Report
    done: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    spoilt: set[str] = field(default_factory=set)
    slowest: tuple[float, str] = (0.0, "")
    lock: Lock = field(default_factory=Lock)


def run(seed: int, cases: int, patience: int, only: int = ALL) -> Report:
    """Ask for so many images, or only for that of a number.

    Args:
        seed: of all randomness.
        cases: how many.
        patience: whether the fetching of images that are made may hang, for a minute each: 0 or 1.
        only: the number of one case.
    """
    report = Report()
    numbers = range(cases) if only == ALL else range(only, only + 1)
    attempts = [make_attempt(seed, number, is_patient=patience > 0) for number in numbers]
    with (
        tempfile.TemporaryDirectory() as folder,
        trap() as closed,
        upstreams(closed.port) as proxies,
        running(state=Path(folder), variables=_variables(proxies)) as easel,
    ):
        server = Server(easel.url, Path(folder), easel.lines)
        processes = find_descendants(easel.guardian.pid, "workerd")
        tally = _Tally(report)
        _warm_up(server, tally)
        before = peak_mib(processes)
        _attack(attempts, proxies, server, tally)
        still = find_descendants(easel.guardian.pid, "workerd")
        report.check(sorted(still) == sorted(processes), "workerd ended")
        _sum_up(tally, peak_mib(still) - before, closed, len(attempts))
    tokens = [owners_token(name) for name in LANES]
    for fault in log_faults(easel.lines, {one.mark: one.number for one in attempts}, tokens):
        report.add_breach(fault)
    return report


def _variables(proxies: Mapping[str, Proxy]) -> Mapping[str, str]:
    return {
        **settings(proxies),
        "EASEL_API_KEYS": KEYS.setting(),
        "ALLOW_ANONYMOUS": "false",
        "CALL_TIMEOUT_SECONDS": str(CALL_SECONDS),
        "JOB_TIMEOUT_SECONDS": str(JOB_SECONDS),
    }


def _warm_up(server: Server, tally: _Tally) -> None:
    """Check that every lane generates images while no provider lies."""

    def work(attempt: Attempt) -> None:
        for fault in probe(attempt, None, server, owners=False).faults:
            tally.report.add_breach(f"without any lie, {attempt.lane}: {fault}")

    truthful = [make_attempt(0, number, is_patient=False) for number in range(len(LANES))]
    _side_by_side(truthful, work)


def _attack(
    attempts: Sequence[Attempt], proxies: Mapping[str, Proxy], server: Server, tally: _Tally
) -> None:
    def work(attempt: Attempt) -> None:
        fake = LANES[attempt.lane].fake
        owners = attempt.is_owners and fake not in tally.spoilt
        began = monotonic()
        finding = probe(attempt, proxies[fake], server, owners=owners)
        with tally.lock:
            tally.counts["at the owner's expense"] += owners
            _record(attempt, finding, monotonic() - began, tally)

    _side_by_side(attempts, work)


def _side_by_side(attempts: Sequence[Attempt], work: Callable[[Attempt], None]) -> None:
    """Make attempts: those of one upstream follow one another, upstreams run side by side."""
    queues: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        queues[LANES[attempt.lane].fake].append(attempt)

    def carry_out(queue: Sequence[Attempt]) -> None:
        for attempt in queue:
            work(attempt)

    with ThreadPoolExecutor(len(queues)) as pool:
        for _ in pool.map(carry_out, queues.values()):
            pass


def _record(attempt: Attempt, finding: Finding, seconds: float, tally: _Tally) -> None:
    tally.counts[finding.outcome] += 1
    tally.counts["lies told"] += bool(finding.lie)
    if finding.is_spoilt:
        tally.spoilt.add(LANES[attempt.lane].fake)
    tally.slowest = max(tally.slowest, (seconds, finding.lie))
    for fault in finding.faults:
        where = f"case {attempt.number} (--only {attempt.number}), {attempt.lane}"
        tally.report.add_breach(f"{fault}\n  {where}: {finding.lie or 'no lie was told'}")
    tally.done += 1
    if tally.done % 100 == 0:
        say(f"  {tally.done:,} cases, {len(tally.report.breaches)} breaches")


def _sum_up(tally: _Tally, grown: int, closed: Trap, cases: int) -> None:
    report = tally.report
    report.add_figure("cases", cases)
    for name, count in sorted(tally.counts.items()):
        report.add_figure(name, count)
    report.add_figure("slowest case", f"{tally.slowest[0]:.1f} s")
    report.add_figure("growth of workerd's memory", f"{grown} MiB")
    report.add_figure("visits to private addresses", len(closed.visits))
    report.check(grown <= _MEMORY_MIB, f"workerd's memory grew by {grown} MiB")
    for visit in closed.visits:
        report.add_breach(f"a private address was visited: {visit[:200]!r}")
