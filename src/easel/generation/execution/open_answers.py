"""Release the resources of a provider's answers: event streams, and memory of a large body."""

from collections.abc import Callable
from dataclasses import dataclass, field

from easel.platform.calls import EventStream, HttpAnswer, do_nothing


@dataclass
class OpenAnswers:
    """The answers of one attempt that hold resources.

    Attributes:
        streams: all event streams; they are cancelled at the end of the attempt.
        release: releases the memory that is reserved for the last answer.
    """

    streams: list[EventStream] = field(default_factory=list)
    release: Callable[[], object] = do_nothing

    def add(self, answer: HttpAnswer) -> None:
        """Track an answer."""
        self.release = answer.release
        if isinstance(answer.body, EventStream):
            self.streams.append(answer.body)

    def release_last(self) -> None:
        """Release the memory of the last answer, before the next call.

        A call may wait for memory. If it kept some meanwhile, two attempts could wait for each
        other.
        """
        self.release()
        self.release = do_nothing

    def transfer_release(self) -> Callable[[], object]:
        """Transfer the release of the last answer's memory to the caller."""
        release, self.release = self.release, do_nothing
        return release

    async def close(self) -> None:
        """Release everything.

        The generator stops reading at its result or at an error, but the provider may send more.
        """
        self.release_last()
        for stream in self.streams:
            await stream.cancel()
