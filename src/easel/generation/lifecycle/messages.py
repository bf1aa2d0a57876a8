"""The queue's messages: JSON of one task and the id of a request.

A message may be delivered late, and more than once. https://developers.cloudflare.com/queues/
"""

import json
from typing import Literal

from pydantic_core import from_json

from easel.limits import FIRST_DELAY_SECONDS, MAX_DELAY_SECONDS
from easel.services import Services

# Execute a job, or call the webhook of one that has ended.
Task = Literal["carry_out", "webhook"]


async def send(task: Task, name: str, services: Services) -> None:
    """Queue a task for a request.

    Args:
        task: the task.
        name: the request's id.
        services: everything outside.

    Raises:
        QueueError: the queue cannot be reached.
    """
    await services.enqueue(json.dumps({task: name}), 0)


def read_message(text: str) -> tuple[str, str]:
    """The task of a message, and the request's id.

    Raises:
        ValueError: the message is not one of easel's.
    """
    ((task, name),) = from_json(text).items()
    return str(task), str(name)


def retry_delay(attempts: int) -> float:
    """Seconds until a message is delivered again after this number of failed attempts."""
    return min(FIRST_DELAY_SECONDS * 2.0 ** (attempts - 1), MAX_DELAY_SECONDS)
