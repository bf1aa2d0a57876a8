"""Tasks that one call submits and other calls poll.

[fake polls N]      N polls find the task unfinished before one finds it finished;
                    without the directive the first poll does
[fake stuck]        every poll finds the task unfinished
[fake bad-polls N]  a broken proxy answers the first N polls
[fake job KIND]     the task is accepted and then fails with this kind of error

A fake notes the calls about a task for the tests: `polled`, `fetched`, `cancelled`.
"""

from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from fakes.answers import Answer, RefusedError, html_answer
from fakes.calls import Call
from fakes.directives import Directives
from fakes.server import Fake

Stage = Literal["waiting", "running", "over", "cancelled"]


@dataclass
class Job:
    """A task.

    Attributes:
        call: the call that submitted it.
        content: its result.
    """

    call: Call
    content: Any
    id: str = field(default_factory=lambda: uuid4().hex)

    @property
    def directives(self) -> Directives:
        """The directives of the prompt."""
        return Directives(self.call.prompt)

    @property
    def failure(self) -> str:
        """The kind of error with which it fails; empty for success."""
        return self.directives.get("job")


class Jobs:
    """Every task of a fake."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def begin(self, call: Call, content: Any) -> Job:
        """Accept a task."""
        job = Job(call, content)
        self._jobs[job.id] = job
        return job

    def find(self, name: str, nowhere: Answer) -> Job:
        """Find a task by its id.

        Raises:
            RefusedError: there is none.
        """
        if name not in self._jobs:
            raise RefusedError(nowhere)
        return self._jobs[name]


def ask(fake: Fake, job: Job) -> Stage:
    """Poll a task and return its state.

    Raises:
        RefusedError: a broken proxy answers instead.
    """
    fake.note(job.call.prompt, "polled")
    notes = fake.notes(job.call.prompt)
    polled, failing = notes.count("polled"), int(job.directives.get("bad-polls", "0"))
    if polled <= failing:
        raise RefusedError(html_answer(502, "502 Bad Gateway nginx"))
    if "cancelled" in notes:
        return "cancelled"
    polls = int(job.directives.get("polls", "0"))
    if "stuck" in job.directives or polled - failing <= polls:
        return "waiting" if polled - failing == 1 else "running"
    return "over"
