"""What the answers of one attempt hold on to: event streams, and memory for a large body."""

from collections.abc import Callable
from dataclasses import dataclass, field

from easel.platform.calls import EventStream, HttpAnswer, do_nothing


@dataclass
class OpenAnswers:
    """The answers that a provider was given.

    Attributes:
        streams: every event stream; all are cancelled at the end.
        release: gives back the memory that is reserved for the last answer.
    """

    streams: list[EventStream] = field(default_factory=list)
    release: Callable[[], object] = do_nothing

    def add(self, answer: HttpAnswer) -> None:
        """Take in an answer."""
        self.release = answer.release
        if isinstance(answer.body, EventStream):
            self.streams.append(answer.body)

    def release_last(self) -> None:
        """Give back memory before the next call.

        To hold some while waiting for more would let two attempts wait for each other.
        """
        self.release()
        self.release = do_nothing

    def hand_over(self) -> Callable[[], object]:
        """Leave it to the caller to release the memory of the last answer."""
        release, self.release = self.release, do_nothing
        return release

    async def close(self) -> None:
        """Release everything.

        A provider stops reading at its result or at an error, and upstream may send on.
        """
        self.release_last()
        for stream in self.streams:
            await stream.cancel()
