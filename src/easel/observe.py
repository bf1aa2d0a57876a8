"""What is told of a request beside its answer: its id, its timing, its line in the log."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime

from easel.http import Parts, Request, Response
from easel.journal import Journal
from easel.ledger.calls import Ledger, Operation, P, T
from easel.world import World

# What a caller's own id may be: nothing that could be more than a name wherever it is shown.
_HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)


def request_id_of(request: Request, world: World) -> str:
    """The caller's own id for a request, if it is harmless; else one of ours."""
    own = request.headers.get("x-request-id", "")
    return own if _HARMLESS.fullmatch(own) else f"req_{world.random_bytes(16).hex()}"


def observed(world: World) -> World:
    """The same world, with what goes wrong and how long it takes written into its journal."""
    journal = world.journal
    ledger = _timed(world.ledger, world, journal)
    return replace(world, ledger=ledger, log=journal.note)


def _timed(ledger: Ledger, world: World, journal: Journal) -> Ledger:
    async def ask(operation: Operation[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        began = world.now()
        try:
            return await ledger(operation, *arguments, **named)
        finally:
            journal.ledger_seconds += (world.now() - began).total_seconds()

    return ask


def timing(journal: Journal, total: float) -> str:
    """The value of `Server-Timing`, in milliseconds.

    https://www.w3.org/TR/server-timing/

    Args:
        journal: knows how long others took, all their calls together.
        total: seconds since the request began.
    """
    parts = {
        "upstream": journal.upstream_seconds,
        "bucket": journal.bucket_seconds,
        "ledger": journal.ledger_seconds,
        "total": total,
    }
    return ", ".join(f"{name};dur={1000 * seconds:.0f}" for name, seconds in parts.items())


def report(
    response: Response, started: datetime, world: World, write: Callable[[str], None]
) -> None:
    """Write a request's line, and its data point, once its answer is complete.

    Args:
        response: the answer; one that is sent while it is made is complete at its end.
        started: when the request began.
        world: the request's.
        write: writes a line to the Worker's log.
    """
    if isinstance(response.body, AsyncIterator):
        response.body = _reported(response.body, response.status, started, world, write)
    else:
        _report(response.status, started, world, write)


async def _reported(
    body: AsyncIterator[Parts],
    status: int,
    started: datetime,
    world: World,
    write: Callable[[str], None],
) -> AsyncIterator[Parts]:
    try:
        async for parts in body:
            yield parts
    finally:
        _report(status, started, world, write)


def _report(status: int, started: datetime, world: World, write: Callable[[str], None]) -> None:
    journal = world.journal
    journal.tell(
        {
            "status": status,
            "upstream_ms": round(1000 * journal.upstream_seconds),
            "total_ms": round(1000 * (world.now() - started).total_seconds()),
        }
    )
    write(journal.line())
    facts = journal.facts
    texts = [str(facts.get(name, "")) for name in POINT_TEXTS]
    # Of a cost that is not known there is no number, so that none is taken for nothing.
    numbers = [_number(facts.get(name)) for name in POINT_NUMBERS]
    is_priced = 1.0 if "cost_usd" in facts else 0.0
    world.measure(texts[0], texts, [*numbers, is_priced])


# What a data point says, in this order; the last number is whether the cost is known.
POINT_TEXTS = ("key", "route", "model", "provider", "code")
POINT_NUMBERS = ("status", "images", "attempts", "bytes", "upstream_ms", "total_ms", "cost_usd")


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
