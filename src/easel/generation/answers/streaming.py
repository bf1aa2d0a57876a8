"""Stream an answer while its image is being generated."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from easel.errors import EaselError, ServerError
from easel.platform.http import Parts, Response
from easel.wire.events import HEARTBEAT, error_event

T = TypeVar("T")


@dataclass
class Feed:
    """Events that wait to be sent, and a signal that is set by each new one."""

    events: list[Parts] = field(default_factory=list)
    signal: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, event: Parts) -> None:
        """Add an event."""
        self.events.append(event)
        self.signal.set()

    def take(self) -> list[Parts]:
        """Remove and return the waiting events."""
        events, self.events = self.events, []
        self.signal.clear()
        return events


@dataclass(frozen=True)
class Work(Generic[T]):
    """The work whose progress and result are streamed.

    Attributes:
        result: the result; the work continues when the client leaves.
        feed: the events before the result.
        describe: renders the result as the last event.
        heartbeat: seconds between heartbeats, which keep proxies from closing the connection.
        log_bug: logs an unexpected exception.
    """

    result: "asyncio.Future[T]"
    feed: Feed
    describe: Callable[[T], Parts]
    heartbeat: float
    log_bug: Callable[[BaseException], None]


async def stream_response(work: Work[T]) -> Response:
    """Answer with events: partial images and heartbeats, then the result or an error.

    Nothing is sent before the first heartbeat is due, so that an early failure is answered with its
    own HTTP status.

    Raises:
        EaselError: the work failed before the first event.
    """
    await _wait(work)
    if work.result.done() and not work.feed.events:
        work.result.result()
    headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
    return Response(200, headers, _events(work))


async def _events(work: Work[T]) -> AsyncGenerator[Parts, None]:
    while True:
        is_last = work.result.done()
        waiting = work.feed.take()
        for event in waiting:
            yield event
        if is_last:
            break
        if not waiting:
            yield HEARTBEAT
        await _wait(work)
    try:
        yield work.describe(work.result.result())
    except EaselError as error:
        yield error_event(error)
    except Exception as error:  # noqa: BLE001 - after the first event only an event can report it
        work.log_bug(error)
        yield error_event(ServerError("easel failed. Its log has the details."))


async def _wait(work: Work[T]) -> None:
    """Wait until there is an event, the work ends, or a heartbeat is due."""
    signalled = asyncio.ensure_future(work.feed.signal.wait())
    awaited: list[asyncio.Future[Any]] = [work.result, signalled]
    try:
        await asyncio.wait(awaited, timeout=work.heartbeat, return_when=asyncio.FIRST_COMPLETED)
    finally:
        signalled.cancel()
        await asyncio.gather(signalled, return_exceptions=True)
