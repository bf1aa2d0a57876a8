"""An answer that is sent while its image is made."""

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
    """What there is to show before the end: events, and a bell that rings for each."""

    events: list[Parts] = field(default_factory=list)
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, event: Parts) -> None:
        """Add an event."""
        self.events.append(event)
        self.bell.set()

    def take(self) -> list[Parts]:
        """The events since the last time."""
        taken, self.events = self.events, []
        self.bell.clear()
        return taken


@dataclass(frozen=True)
class Work(Generic[T]):
    """What is streamed.

    Attributes:
        result: makes the image; it goes on when the client leaves.
        feed: what there is to show before.
        describe: makes the last event of the result.
        heartbeat: seconds between signs of life, which keep proxies from hanging up.
        note_bug: notes an exception that nobody expected, for the log.
    """

    result: "asyncio.Future[T]"
    feed: Feed
    describe: Callable[[T], Parts]
    heartbeat: float
    note_bug: Callable[[BaseException], None]


async def stream_response(work: Work[T]) -> Response:
    """Answer with events: partial images and heartbeats, then what came of the work.

    The first heartbeat is waited for before anything is sent, so that what fails at once is an
    ordinary error with its own status.

    Raises:
        EaselError: the work failed before there was anything to show.
    """
    await _wait(work)
    if work.result.done() and not work.feed.events:
        work.result.result()
    headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
    return Response(200, headers, _events(work))


async def _events(work: Work[T]) -> AsyncGenerator[Parts, None]:
    while True:
        is_last = work.result.done()
        shown = work.feed.take()
        for event in shown:
            yield event
        if is_last:
            break
        if not shown:
            yield HEARTBEAT
        await _wait(work)
    try:
        yield work.describe(work.result.result())
    except EaselError as error:
        yield error_event(error)
    except Exception as error:  # noqa: BLE001 - the answer has begun, so the boundary cannot tell it
        work.note_bug(error)
        yield error_event(ServerError("easel failed. Its log has the details."))


async def _wait(work: Work[T]) -> None:
    """Wait for something to show, for the end, or for a heartbeat's time."""
    bell = asyncio.ensure_future(work.feed.bell.wait())
    awaited: list[asyncio.Future[Any]] = [work.result, bell]
    try:
        await asyncio.wait(awaited, timeout=work.heartbeat, return_when=asyncio.FIRST_COMPLETED)
    finally:
        bell.cancel()
        await asyncio.gather(bell, return_exceptions=True)
