"""The watchdog: every job ends, even if its message is lost or its worker is interrupted."""

from easel.errors import QueueError
from easel.generation.lifecycle.messages import send
from easel.generation.lifecycle.recovery import settle_interrupted
from easel.ledger.background import find_background, find_unclaimed
from easel.ledger.records import BackgroundRequest
from easel.ledger.requests import renew
from easel.limits import QUEUED_SECONDS
from easel.services import Services

# The most unclaimed jobs that one run puts into the queue again.
_MAX_UNCLAIMED = 100


async def ensure_progress(job: BackgroundRequest, services: Services) -> BackgroundRequest:
    """Requeue a job whose message may be lost; settle a job whose worker was interrupted.

    A second message does no harm if the first one was not lost. An interrupted job ends with the
    images that are found in the bucket.

    Returns:
        The job as it is afterwards.

    Raises:
        StorageError: the bucket failed.
        LedgerError: the ledger cannot be reached.
    """
    if job.ended is not None or job.is_alive:
        return job
    opened, now = job.request, services.now().timestamp()
    if job.state == "queued":
        await _requeue(opened.id, services)
        return job
    await settle_interrupted(opened, services)
    return await services.ledger(find_background, opened.owner, opened.id, now) or job


async def _requeue(job_id: str, services: Services) -> None:
    """Send the message of a queued job again."""
    await services.ledger(renew, job_id, services.now().timestamp() + QUEUED_SECONDS)
    try:
        await send("carry_out", job_id, services)
    except QueueError as error:
        services.log(f"job {job_id} stays queued: {error!r}")


async def requeue_unclaimed(services: Services) -> int:
    """Requeue jobs that no worker has claimed in time, and return how many.

    Raises:
        LedgerError: the ledger cannot be reached.
    """
    now = services.now().timestamp()
    job_ids = await services.ledger(find_unclaimed, now, _MAX_UNCLAIMED)
    for job_id in job_ids:
        await _requeue(job_id, services)
    return len(job_ids)
