"""An event stream for tests."""

from easel.platform.calls import Event


class FakeEvents:
    """A stream of these events that records whether it was cancelled.

    An exception among them is raised instead of an event.
    """

    def __init__(self, *events: Event | Exception) -> None:
        self._events = [*events]
        self.cancelled = False

    async def next(self) -> Event | None:
        """Return the next event; None at the end."""
        event = self._events.pop(0) if self._events else None
        if isinstance(event, Exception):
            raise event
        return event

    async def cancel(self) -> None:
        """Record the cancellation."""
        self.cancelled = True
