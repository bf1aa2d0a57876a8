"""The routes that show a job and cancel one."""

from easel.access.guards import authenticate
from easel.jobs import status
from easel.jobs.watchdog import ensure_progress
from easel.ledger.records import BackgroundRequest
from easel.platform.http import Request, Response
from easel.services import Services


async def show_job(request: Request, services: Services) -> Response:
    """`GET /v1/images/jobs/{id}`. A failed job is a 200 with its error in the body.

    Raises:
        NotFoundError: the key has no such job.
    """
    caller = await authenticate(request, services, limit="lookups")
    job = await status.find_job(caller.name, request.path_parameters["id"], services)
    return await _render(job, request, services)


async def cancel_job(request: Request, services: Services) -> Response:
    """`DELETE /v1/images/jobs/{id}`. A job that has ended stays as it is.

    Raises:
        NotFoundError: the key has no such job.
    """
    caller = await authenticate(request, services, limit="lookups")
    cancelling = status.cancel_job(caller.name, request.path_parameters["id"], services)
    # Once begun, the cancellation is finished even if the client leaves.
    job = await services.keep_alive(cancelling)
    return await _render(job, request, services)


async def _render(job: BackgroundRequest, request: Request, services: Services) -> Response:
    job = await ensure_progress(job, services)
    return await status.render_job(
        job, services.settings().public_base_url or request.origin, services
    )
