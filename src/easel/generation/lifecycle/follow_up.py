"""The follow-up of a job: when it has ended, delete its input images and call its webhook."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from easel.errors import QueueError, StorageError
from easel.generation.lifecycle.messages import send
from easel.services import Services


@dataclass(frozen=True)
class FollowUp:
    """The facts of a job that are needed after it has ended.

    Attributes:
        base_url: the origin of its images' URLs.
        whole: whether its answer holds the images themselves.
        webhook: the URL to call when it has ended, if there is one.
        inputs: how many input images are stored for it.
    """

    base_url: str
    whole: bool
    webhook: str | None
    inputs: int


_FOLLOW_UP = TypeAdapter(FollowUp)


def write_follow_up(follow_up: FollowUp) -> str:
    """A follow-up in its stored form."""
    return _FOLLOW_UP.dump_json(follow_up).decode()


def read_follow_up(text: str) -> FollowUp:
    """A follow-up from its stored form."""
    return _FOLLOW_UP.validate_json(text)


def input_key(name: str, index: int) -> str:
    """The bucket's key of an input image, which is stored until its job has ended."""
    return f"background/{name}/{index}"


async def run_follow_up(name: str, follow_up: str | None, services: Services) -> None:
    """Carry out the follow-up of a request that has ended; only jobs have one.

    The request's answer is stored already, so a failure is only logged.

    Args:
        name: the request's id.
        follow_up: in its stored form.
        services: everything outside.
    """
    if follow_up is None:
        return
    facts = read_follow_up(follow_up)
    await delete_inputs(name, facts.inputs, services)
    if facts.webhook is not None:
        try:
            await send("webhook", name, services)
        except QueueError as error:
            services.log(f"could not queue the webhook of {name}: {error!r}")


async def delete_inputs(name: str, count: int, services: Services) -> None:
    """Delete the input images of a job."""
    if count == 0:
        return
    try:
        await services.bucket.delete([input_key(name, index) for index in range(count)])
    except StorageError as error:
        services.log(f"could not delete the input images of {name}: {error!r}")
