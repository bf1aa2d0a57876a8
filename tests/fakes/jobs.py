"""Work that one call begins and others ask after.

[fake polls N]      N answers say that it goes on, before one says that it is over;
                    without it the first does
[fake stuck]        none ever does
[fake bad-polls N]  the first N calls that ask after it are answered by a broken proxy
[fake job KIND]     it is taken on, and then fails in this way

A fake notes what is done about a job, for tests to see: `asked`, `fetched`, `cancelled`.
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
    """One piece of work.

    Attributes:
        call: what began it.
        content: what it comes to.
    """

    call: Call
    content: Any
    id: str = field(default_factory=lambda: uuid4().hex)

    @property
    def told(self) -> Directives:
        """What the prompt tells the fake to do."""
        return Directives(self.call.prompt)

    @property
    def failure(self) -> str:
        """The kind of failure that it comes to; empty for none."""
        return self.told.get("job")


class Jobs:
    """Every job of a fake."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def begin(self, call: Call, content: Any) -> Job:
        """Take on work."""
        job = Job(call, content)
        self._jobs[job.id] = job
        return job

    def find(self, name: str, nowhere: Answer) -> Job:
        """The job of an id.

        Raises:
            RefusedError: there is none.
        """
        if name not in self._jobs:
            raise RefusedError(nowhere)
        return self._jobs[name]


def ask(fake: Fake, job: Job) -> Stage:
    """How a job stands, one call later.

    Raises:
        RefusedError: a proxy fails to say.
    """
    fake.note(job.call.prompt, "asked")
    notes = fake.notes(job.call.prompt)
    asked, failing = notes.count("asked"), int(job.told.get("bad-polls", "0"))
    if asked <= failing:
        raise RefusedError(html_answer(502, "502 Bad Gateway nginx"))
    if "cancelled" in notes:
        return "cancelled"
    polls = int(job.told.get("polls", "0"))
    if "stuck" in job.told or asked - failing <= polls:
        return "waiting" if asked - failing == 1 else "running"
    return "over"
