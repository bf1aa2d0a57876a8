"""The tasks of a fake with an asynchronous API.

[fake polls N]          the first N polls find the task unfinished
[fake stuck]            every poll finds the task unfinished
[fake status S]         the status of an unfinished task
[fake bad-polls N]      the first N polls fail
[fake task-error E]     the task fails in the end
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
        prompt: the prompt of the request.
        pictures: the images of its result.
        is_cancelled: whether the client has cancelled it.
    """

    prompt: str
    pictures: list[Picture]
    id: str = field(default_factory=lambda: str(uuid4()))
    is_cancelled: bool = False
    turns: "count[int]" = field(default_factory=count)

    @property
    def directives(self) -> Directives:
        """The directives of the prompt."""
        return Directives(self.prompt)


class Board:
    """All tasks of a fake and their progress."""

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
        """Return the phase of a task, and count the poll."""
        task = self._tasks.get(name)
        if task is None:
            return "unknown", Task("", [])
        fake.note(task.prompt, "polled")
        directives, turn = task.directives, next(task.turns)
        if task.is_cancelled:
            return "cancelled", task
        if turn < int(directives.get("bad-polls", "0")):
            return "broken", task
        at_work = "stuck" in directives or turn < int(directives.get("polls", "0"))
        return ("working" if at_work else "done"), task

    def cancel(self, fake: Fake, name: str) -> None:
        """Cancel a task."""
        task = self._tasks.get(name)
        if task is not None:
            task.is_cancelled = True
            fake.note(task.prompt, "cancelled")
