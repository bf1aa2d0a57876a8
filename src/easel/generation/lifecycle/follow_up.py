"""What is still to be done for a background request when it has ended."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from easel.errors import QueueError, StorageError
from easel.generation.lifecycle.messages import send
from easel.services import Services


@dataclass(frozen=True)
class FollowUp:
    """What outlives the plan of a background request.

    Attributes:
        base_url: where its images are served.
        whole: whether its answer has the images themselves in it.
        webhook: who is told that it has ended, where anybody is.
        inputs: how many images of the caller's are kept for it until then.
    """

    base_url: str
    whole: bool
    webhook: str | None
    inputs: int


_FOLLOW_UP = TypeAdapter(FollowUp)


def write_follow_up(follow_up: FollowUp) -> str:
    """As the ledger keeps it."""
    return _FOLLOW_UP.dump_json(follow_up).decode()


def read_follow_up(text: str) -> FollowUp:
    """As the ledger kept it."""
    return _FOLLOW_UP.validate_json(text)


def input_key(name: str, index: int) -> str:
    """Where an image of the caller's lies until its request has ended."""
    return f"background/{name}/{index}"


async def do_follow_up(name: str, follow_up: str | None, services: Services) -> None:
    """Do what is left to do for a request that has ended: nothing, unless it was put off.

    Its answer is there already, so a failure is only logged.

    Args:
        name: the request's id.
        follow_up: as the ledger kept it.
        services: has the bucket and the queue.
    """
    if follow_up is None:
        return
    known = read_follow_up(follow_up)
    await delete_inputs(name, known.inputs, services)
    if known.webhook is not None:
        try:
            await send("webhook", name, services)
        except QueueError as error:
            services.log(f"the webhook of {name} will not be told: {error!r}")


async def delete_inputs(name: str, count: int, services: Services) -> None:
    """Delete the images that were kept for a request."""
    if count == 0:
        return
    try:
        await services.bucket.delete([input_key(name, index) for index in range(count)])
    except StorageError as error:
        services.log(f"the input images of {name} stay in the bucket: {error!r}")
