"""The tasks of a fake that answers with tasks.

[fake polls N]          the first N polls find it at work
[fake stuck]            every poll does
[fake status S]         how it is called meanwhile
[fake bad-polls N]      the first N polls fail
[fake task-error E]     it fails in the end
"""

from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import Literal
from uuid import uuid4

from fakes.directives import Directives
from fakes.pictures import Picture
from fakes.server import Fake

Phase = Literal["unknown", "broken", "working", "done", "cancelled"]


@dataclass
class Task:
    """A task.

    Attributes:
        prompt: what it was begun for.
        pictures: what comes of it.
        is_cancelled: whether the client has said that it needs nothing any more.
    """

    prompt: str
    pictures: list[Picture]
    id: str = field(default_factory=lambda: str(uuid4()))
    is_cancelled: bool = False
    turns: "count[int]" = field(default_factory=count)

    @property
    def told(self) -> Directives:
        """What the prompt says."""
        return Directives(self.prompt)


class Board:
    """All tasks, and how far they are."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tasks: dict[str, Task] = {}

    def begin(self, prompt: str, pictures: list[Picture]) -> Task:
        """Begin a task."""
        task = Task(prompt, pictures)
        with self._lock:
            self._tasks[task.id] = task
        return task

    def poll(self, fake: Fake, name: str) -> tuple[Phase, Task]:
        """Say how far a task is."""
        task = self._tasks.get(name)
        if task is None:
            return "unknown", Task("", [])
        fake.note(task.prompt, "polled")
        told, turn = task.told, next(task.turns)
        if task.is_cancelled:
            return "cancelled", task
        if turn < int(told.get("bad-polls", "0")):
            return "broken", task
        at_work = "stuck" in told or turn < int(told.get("polls", "0"))
        return ("working" if at_work else "done"), task

    def cancel(self, fake: Fake, name: str) -> None:
        """Cancel a task."""
        task = self._tasks.get(name)
        if task is not None:
            task.is_cancelled = True
            fake.note(task.prompt, "cancelled")
