"""What easel tells itself through the queue: JSON of one task and the id of a request.

A message may come late, and more than once. https://developers.cloudflare.com/queues/
"""

import json
from typing import Literal

from pydantic_core import from_json

from easel.services import Services

# To carry a request out, or to tell its webhook that it has ended.
Task = Literal["carry_out", "webhook"]

_FIRST_DELAY_SECONDS = 30.0
_LONGEST_DELAY_SECONDS = 3600.0


async def send(task: Task, name: str, services: Services) -> None:
    """Have a task done by whichever isolate takes the message.

    Args:
        task: what to do.
        name: the request's id.
        services: has the queue.

    Raises:
        QueueError: the queue cannot be reached.
    """
    await services.enqueue(json.dumps({task: name}), 0)


def read_message(text: str) -> tuple[str, str]:
    """The task of a message, and the request's id.

    Raises:
        ValueError: it is no message of ours.
    """
    ((task, name),) = from_json(text).items()
    return str(task), str(name)


def delay_after(attempts: int) -> float:
    """Seconds until a message is to come again of which so many deliveries have failed."""
    return min(_FIRST_DELAY_SECONDS * 2.0 ** (attempts - 1), _LONGEST_DELAY_SECONDS)
