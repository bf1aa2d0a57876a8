"""The open answers of one attempt: its event streams, and the memory of a large body."""

from collections.abc import Callable
from dataclasses import dataclass, field

from easel.platform.calls import EventStream, HttpAnswer, do_nothing


@dataclass
class OpenAnswers:
    """The answers that the provider's generator has received.

    Attributes:
        streams: every event stream; all are cancelled at the end.
        release: releases the memory that is reserved for the last answer.
    """

    streams: list[EventStream] = field(default_factory=list)
    release: Callable[[], object] = do_nothing

    def add(self, answer: HttpAnswer) -> None:
        """Add an answer."""
        self.release = answer.release
        if isinstance(answer.body, EventStream):
            self.streams.append(answer.body)

    def release_last(self) -> None:
        """Release the memory of the last answer before the next call.

        Two attempts that hold memory while they wait for more could wait for each other.
        """
        self.release()
        self.release = do_nothing

    def transfer_release(self) -> Callable[[], object]:
        """Return the function that releases the memory of the last answer; the caller calls it."""
        release, self.release = self.release, do_nothing
        return release

    async def close(self) -> None:
        """Release the memory and cancel the streams.

        A generator stops reading at its result or at an error, but the provider may send more.
        """
        self.release_last()
        for stream in self.streams:
            await stream.cancel()
