"""Find, cancel and render jobs."""

from collections.abc import Mapping

from easel.errors import EaselError, ImageGoneError, NotFoundError
from easel.generation.answers.rendering import deliver, respond
from easel.generation.answers.stored import read_outcome, write_error
from easel.generation.lifecycle.finish import cancelled_error
from easel.generation.lifecycle.follow_up import read_follow_up, run_follow_up
from easel.ledger.background import cancel_background, find_background
from easel.ledger.records import BackgroundRequest, State
from easel.limits import POLL_SECONDS
from easel.platform.http import Response
from easel.services import Services
from easel.wire.responses import ImageJob, JobStatus, job_response

_STATUSES: Mapping[State, JobStatus] = {
    "queued": "queued",
    "running": "in_progress",
    "cancelling": "cancelling",
    "completed": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
}


async def find_job(owner: str, job_id: str, services: Services) -> BackgroundRequest:
    """Find a job of a key.

    Raises:
        NotFoundError: the key has no such job, or the job ended more than a day ago.
        LedgerError: the ledger cannot be reached.
    """
    now = services.now().timestamp()
    return _require(await services.ledger(find_background, owner, job_id, now))


async def cancel_job(owner: str, job_id: str, services: Services) -> BackgroundRequest:
    """Cancel a job of a key: at once if it is queued, as soon as possible if it runs.

    Raises:
        NotFoundError: the key has no such job, or the job ended more than a day ago.
        LedgerError: the ledger cannot be reached.
    """
    now = services.now().timestamp()
    error = write_error(cancelled_error(billed=False))
    job = _require(await services.ledger(cancel_background, owner, job_id, now, error))
    if job.state == "cancelled" and job.ended == now:
        await run_follow_up(job_id, job.follow_up, services)
    return job


def _require(job: BackgroundRequest | None) -> BackgroundRequest:
    if job is None:
        raise NotFoundError("There is no such job, or it ended more than a day ago.")
    return job


async def render_job(
    job: BackgroundRequest, base_url: str, services: Services, *, whole: bool | None = None
) -> Response:
    """Render a job with its result or its error.

    Args:
        job: as the ledger has it.
        base_url: of the URLs of images, without a trailing slash.
        services: with the bucket.
        whole: whether images appear as base64 instead of URLs; None for the format that the
            request asked for.

    Raises:
        StorageError: the bucket failed.
        LedgerError: the ledger cannot be reached.
    """
    if whole is None:
        whole = job.follow_up is not None and read_follow_up(job.follow_up).whole
    opened, status = job.request, _STATUSES[job.state]
    result, error = None, None
    if job.answer is not None:
        outcome = read_outcome(job.answer)
        if isinstance(outcome, EaselError):
            error = outcome
        else:
            try:
                result = respond(await deliver(outcome, base_url, services, sends_images=whole))
            except ImageGoneError as gone:
                status, error = "failed", gone
    rendered = ImageJob(
        id=opened.id,
        status=status,
        created=int(opened.started),
        completed=None if job.ended is None else int(job.ended),
        model=opened.model,
    )
    response = job_response(rendered, result, error)
    if job.ended is None:
        response.headers["retry-after"] = str(POLL_SECONDS)
    return response
