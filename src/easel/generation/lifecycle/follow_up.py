"""What is still to be done for a background request when it has ended."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from easel.errors import QueueError, StorageError
from easel.generation.lifecycle.messages import send
from easel.services import Services


@dataclass(frozen=True)
class Afterwards:
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


_AFTERWARDS = TypeAdapter(Afterwards)


def write_afterwards(afterwards: Afterwards) -> str:
    """As the ledger keeps it."""
    return _AFTERWARDS.dump_json(afterwards).decode()


def read_afterwards(text: str) -> Afterwards:
    """As the ledger kept it."""
    return _AFTERWARDS.validate_json(text)


def input_key(name: str, index: int) -> str:
    """Where an image of the caller's lies until its request has ended."""
    return f"background/{name}/{index}"


async def conclude(name: str, afterwards: str | None, services: Services) -> None:
    """Do what is left to do for a request that has ended: nothing, unless it was put off.

    Its answer is there already, so a failure is only logged.

    Args:
        name: the request's id.
        afterwards: as the ledger kept it.
        services: has the bucket and the queue.
    """
    if afterwards is None:
        return
    known = read_afterwards(afterwards)
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
