"""Request id, `Server-Timing` and the access log."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from easel.ledger.calls import Ledger, Operation, P, T
from easel.observability.request_log import RequestLog
from easel.platform.http import Parts, Request, Response
from easel.services import Services

R = TypeVar("R")

# A caller's own request id: only characters that are safe in logs and headers.
_HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)


def request_id_of(request: Request, services: Services) -> str:
    """The caller's `X-Request-Id` if it is safe; else a new one."""
    own = request.headers.get("x-request-id", "")
    return own if _HARMLESS.fullmatch(own) else f"req_{services.random_bytes(16).hex()}"


@dataclass(frozen=True)
class Observed:
    """A request that is measured and logged.

    Attributes:
        services: the request's services, which record notes and durations in its log.
        started: time at which the request arrived.
        write: writes a line to the Worker's log.
        background_work: tasks that may outlive the response.
    """

    services: Services
    started: datetime
    write: Callable[[str], None]
    background_work: list[Awaitable[object]]


def observe(services: Services) -> Observed:
    """Start to measure a request."""
    background_work: list[Awaitable[object]] = []

    def keep_alive(work: Coroutine[None, None, R]) -> Awaitable[R]:
        task = services.keep_alive(work)
        background_work.append(task)
        return task

    request_log = services.request_log
    ledger = _timed(services.ledger, services, request_log)
    own = replace(services, ledger=ledger, log=request_log.note, keep_alive=keep_alive)
    return Observed(own, services.now(), services.log, background_work)


def _timed(ledger: Ledger, services: Services, request_log: RequestLog) -> Ledger:
    async def ask(operation: Operation[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        began = services.now()
        try:
            return await ledger(operation, *arguments, **named)
        finally:
            request_log.ledger_seconds += (services.now() - began).total_seconds()

    return ask


def timing(request_log: RequestLog, total: float) -> str:
    """The value of `Server-Timing`, in milliseconds; `total` is in seconds.

    https://www.w3.org/TR/server-timing/
    """
    parts = {
        "upstream": request_log.upstream_seconds,
        "bucket": request_log.bucket_seconds,
        "ledger": request_log.ledger_seconds,
        "total": total,
    }
    return ", ".join(f"{name};dur={1000 * seconds:.0f}" for name, seconds in parts.items())


def report(response: Response, observed: Observed) -> None:
    """Write the log line and the data point of a request, after all its work has ended.

    The body of a streamed response ends later, and its work may end later still if the client has
    disconnected.
    """
    if isinstance(response.body, AsyncGenerator):
        response.body = _reported(response.body, response.status, observed)
    else:
        _report(response.status, observed)


async def _reported(
    body: AsyncGenerator[Parts, None], status: int, observed: Observed
) -> AsyncGenerator[Parts, None]:
    try:
        async for parts in body:
            yield parts
    finally:
        observed.services.keep_alive(
            _report_at_the_end(status, observed, [*observed.background_work])
        )


async def _report_at_the_end(
    status: int, observed: Observed, background_work: Sequence[Awaitable[object]]
) -> None:
    await asyncio.gather(*background_work, return_exceptions=True)
    _report(status, observed)


def _report(status: int, observed: Observed) -> None:
    services, request_log = observed.services, observed.services.request_log
    request_log.tell(
        {
            "status": status,
            "upstream_ms": round(1000 * request_log.upstream_seconds),
            "total_ms": round(1000 * (services.now() - observed.started).total_seconds()),
        }
    )
    observed.write(request_log.line())
    facts = request_log.facts
    texts = [str(facts.get(name, "")) for name in POINT_TEXTS]
    # A separate number says whether the cost is known, because 0 is a valid cost.
    numbers = [_number(facts.get(name)) for name in POINT_NUMBERS]
    is_priced = 1.0 if "cost_usd" in facts else 0.0
    services.measure(texts[0], texts, [*numbers, is_priced])


# The fields of a data point, in order. A last number says whether the cost is known.
POINT_TEXTS = ("key", "route", "model", "provider", "code")
POINT_NUMBERS = ("status", "images", "attempts", "bytes", "upstream_ms", "total_ms", "cost_usd")


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
