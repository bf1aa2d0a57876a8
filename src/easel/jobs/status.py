"""What is told of a request that was put off, whenever somebody asks."""

from collections.abc import Mapping

from easel.errors import EaselError, GoneError
from easel.generation.answers.rendering import deliver, respond
from easel.generation.answers.stored import read_outcome
from easel.generation.lifecycle.follow_up import read_follow_up
from easel.ledger.records import BackgroundRequest, State
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

# How often to ask, in seconds.
_POLL_SECONDS = 2


async def show_job(
    request: BackgroundRequest, base_url: str, services: Services, *, whole: bool | None = None
) -> Response:
    """The job of a background request, with what came of it.

    Args:
        request: as it stands.
        base_url: where images are served.
        services: has the images.
        whole: whether the images themselves are in it; None for what the request asked for.

    Raises:
        StorageError: the bucket failed.
        LedgerError: the ledger cannot be reached.
    """
    if whole is None:
        whole = request.follow_up is not None and read_follow_up(request.follow_up).whole
    opened, status = request.request, _STATUSES[request.state]
    result, error = None, None
    if request.answer is not None:
        outcome = read_outcome(request.answer)
        if isinstance(outcome, EaselError):
            error = outcome
        else:
            try:
                result = respond(await deliver(outcome, base_url, services, sends_images=whole))
            except GoneError as gone:
                status, error = "failed", gone
    job = ImageJob(
        id=opened.id,
        status=status,
        created=int(opened.started),
        completed=None if request.ended is None else int(request.ended),
        model=opened.model,
    )
    response = job_response(job, result, error)
    if request.ended is None:
        response.headers["retry-after"] = str(_POLL_SECONDS)
    return response
