"""Calls of providers and their answers, as a provider's generator and the driver exchange them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from easel.platform.buffers import Buffer, JsonValue


class UpstreamFailure(Exception):  # noqa: N818 - the provider converts it to an error
    """A binding or a connection failed; the message is upstream's own, unredacted."""


class CallFailure(UpstreamFailure):
    """A call got no answer.

    Attributes:
        reason: `timeout`; `lost`, the connection failed and the progress of the work is unknown;
            `too_large` or `unreadable`, for the answer; `left`, the client disconnected and the
            grace period has ended.
    """

    def __init__(
        self,
        reason: Literal["timeout", "lost", "too_large", "unreadable", "left"],
        message: str,
    ) -> None:
        super().__init__(message)
        self.reason = reason


class Abandoned(UpstreamFailure):
    """The driver stops the attempt; a provider catches this to cancel its work, if it can.

    Attributes:
        reason: `deadline`, the time-out is reached; `left`, the client has disconnected.
    """

    def __init__(self, reason: Literal["deadline", "left"]) -> None:
        super().__init__(f"given up: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class ModelCall:
    """A call of the Workers AI binding.

    Attributes:
        inputs: inputs of the model; values are JSON, `Attachment`s, or lists of either.
        as_form: whether they are sent as a form instead of JSON.
        options: options of the binding.
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
        url: absolute. The credential is sent only to origins of the provider's base URLs.
        headers: other headers than those of the credential and of the body.
        body: fields; values are JSON, `Attachment`s, or lists of either. None for no body.
        encoding: encoding of the body; with `text`, the field `text` is the encoded JSON.
        reads_events: whether an event stream is read event by event.
        buys: whether it starts work that is billed.
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
    """A server-sent event: its name, which may be empty, and its data, parsed if they are JSON."""

    name: str
    data: JsonValue


@runtime_checkable
class EventStream(Protocol):
    """An answer that is read event by event."""

    async def next(self) -> Event | None:
        """Wait for the next event; None at the end.

        Raises:
            CallFailure: the stream failed or timed out.
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
        body: JSON, whatever its content type; else a string for text, which may be cut; else
            bytes. An `EventStream` if the call reads events and the answer has them.
        release: gives back the memory that is reserved for the body; other answers wait for it.
    """

    status: int
    headers: Mapping[str, str]
    body: JsonValue | Buffer | EventStream
    release: Callable[[], object] = field(default=do_nothing, compare=False, repr=False)


class CallHttp(Protocol):
    """An HTTP client for providers."""

    async def __call__(self, call: HttpCall, *, seconds: float, limit: int) -> HttpAnswer:
        """Send a request, and read the whole answer unless it is read event by event.

        If the client disconnects, a running call continues for the grace period of the settings.

        Args:
            call: the request, with its credential.
            seconds: time-out for the whole answer, with all events.
            limit: maximum size of the answer in bytes.

        Raises:
            CallFailure: there is no answer, or it exceeds a limit.
        """
        ...
