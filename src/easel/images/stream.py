"""An answer that is sent while its image is made."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from easel.errors import EaselError, ServerError
from easel.http import Parts, Response
from easel.wire.events import HEARTBEAT, error_event

T = TypeVar("T")


async def stream_response(
    work: "asyncio.Future[T]",
    describe: Callable[[T], Parts],
    heartbeat: float,
    log: Callable[[str], None],
) -> Response:
    """Answer with events: heartbeats while the work goes on, then what came of it.

    The first heartbeat is waited for before anything is sent, so that what fails at once is an
    ordinary error with its own status.

    Args:
        work: makes the image; it goes on when the client leaves.
        describe: makes the last event of its result.
        heartbeat: seconds between signs of life, which keep proxies from hanging up.
        log: writes a line to the Worker's log.

    Raises:
        EaselError: the work failed before the first heartbeat.
    """
    await asyncio.wait([work], timeout=heartbeat)
    if work.done():
        work.result()
    headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
    return Response(200, headers, _events(work, describe, heartbeat, log))


async def _events(
    work: "asyncio.Future[T]",
    describe: Callable[[T], Parts],
    heartbeat: float,
    log: Callable[[str], None],
) -> AsyncIterator[Parts]:
    while not work.done():
        yield HEARTBEAT
        await asyncio.wait([work], timeout=heartbeat)
    try:
        yield describe(work.result())
    except EaselError as error:
        yield error_event(error)
    except Exception:  # noqa: BLE001 - the answer has begun, so the boundary cannot tell it
        log(traceback.format_exc())
        yield error_event(ServerError("easel failed. Its log has the details."))
