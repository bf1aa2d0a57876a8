"""What is said to providers and what comes back, as their code and the driver exchange it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from easel.platform.buffers import Buffer, JsonValue


class UpstreamFailure(Exception):  # noqa: N818 - not an error of ours yet: a provider says what it means
    """A binding or a connection failed; the message is upstream's own, unfiltered."""


class CallFailure(UpstreamFailure):
    """A call brought no answer.

    Attributes:
        reason: `timeout`; `lost`, there is no connection, or no longer, and nobody can say how far
            the work had come; `too_large` or `unreadable`, of the answer; `left`, the client did,
            and there was no more time to finish for it.
    """

    def __init__(
        self,
        reason: Literal["timeout", "lost", "too_large", "unreadable", "left"],
        message: str,
    ) -> None:
        super().__init__(message)
        self.reason = reason


class Abandoned(UpstreamFailure):
    """The job is given up; a provider that can cancel its work catches this and does so.

    Attributes:
        reason: `deadline`, the time is up; `left`, the client is gone.
    """

    def __init__(self, reason: Literal["deadline", "left"]) -> None:
        super().__init__(f"given up: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class ModelCall:
    """A call of the Workers AI binding.

    Attributes:
        inputs: the model's inputs; values are JSON, `Attachment`s, or lists of either.
        as_form: whether they are sent as a form instead of JSON.
        options: what else is said to the binding.
    """

    model: str
    inputs: Mapping[str, object]
    as_form: bool = False
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class HttpCall:
    """A request to a provider. Redirects are not followed.

    Attributes:
        method: in capitals.
        url: absolute. The provider's credential goes along only to an origin of its base URLs.
        headers: beside those of the credential and of the body.
        body: its fields; values are JSON, `Attachment`s, or lists of either. None for no body.
        encoding: how the body is written; `text` is JSON that was written already, as `text`.
        reads_events: whether an answer that is an event stream is read event by event.
        buys: whether it starts work that is paid for.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    encoding: Literal["json", "form", "text"] = "json"
    reads_events: bool = False
    buys: bool = True


@dataclass(frozen=True)
class Event:
    """A server-sent event: its name, empty without one, and its data, read where they are JSON."""

    name: str
    data: JsonValue


@runtime_checkable
class EventStream(Protocol):
    """An answer that comes event by event."""

    async def next(self) -> Event | None:
        """Wait for an event; None at the end.

        Raises:
            CallFailure: the stream broke, or took too long.
        """
        ...

    async def cancel(self) -> None:
        """Close the connection; without effect where the stream has ended."""
        ...


def do_nothing() -> None:
    """Release nothing."""


@dataclass(frozen=True)
class HttpAnswer:
    """An answer of any status.

    Attributes:
        headers: by lower-case name.
        body: JSON whatever it was declared as; else a string where it is text, of which the
            beginning is enough; else bytes. An `EventStream` where that was asked for and came.
        release: gives back the memory that is reserved for the body; other answers wait for it.
    """

    status: int
    headers: Mapping[str, str]
    body: JsonValue | Buffer | EventStream
    release: Callable[[], object] = field(default=do_nothing, compare=False, repr=False)


class CallHttp(Protocol):
    """What calls providers."""

    async def __call__(self, call: HttpCall, *, seconds: float, limit: int) -> HttpAnswer:
        """Send a request, and read the answer in full unless it is to be read by events.

        A call that is under way when the client leaves has the settings' grace to finish.

        Args:
            call: what to send, its credential included.
            seconds: within which the whole answer must have come, all events included.
            limit: the most bytes that the answer may have.

        Raises:
            CallFailure: there is no such answer.
        """
        ...
