"""Ask for a job, and call one off."""

from easel.access.authentication import Caller
from easel.access.guards import admit
from easel.errors import NotFoundError
from easel.generation.answers.stored import write_error
from easel.generation.lifecycle.finish import called_off
from easel.generation.lifecycle.follow_up import do_follow_up
from easel.jobs.status import show_job
from easel.jobs.watchdog import watch
from easel.ledger.background import cancel_background, find_background
from easel.ledger.records import BackgroundRequest
from easel.platform.http import Request, Response
from easel.services import Services

_PATH = "/v1/images/jobs/"


async def get_job(request: Request, services: Services) -> Response:
    """`GET /v1/images/jobs/{id}`. A failed job is answered as well: the question did not fail."""
    name = request.path.removeprefix(_PATH)
    caller = await admit(request, services, limit="lookups")
    found = await services.ledger(find_background, caller.name, name, services.now().timestamp())
    return await _show(found, request, services)


async def cancel_job(request: Request, services: Services) -> Response:
    """`DELETE /v1/images/jobs/{id}`. What has ended stays as it is."""
    name = request.path.removeprefix(_PATH)
    caller = await admit(request, services, limit="lookups")
    return await services.keep_alive(_cancel(name, caller, request, services))


async def _cancel(name: str, caller: Caller, request: Request, services: Services) -> Response:
    now = services.now().timestamp()
    told = write_error(called_off(billed=False))
    found = await services.ledger(cancel_background, caller.name, name, now, told)
    if found is not None and found.state == "cancelled" and found.ended == now:
        await do_follow_up(name, found.follow_up, services)
    return await _show(found, request, services)


async def _show(found: BackgroundRequest | None, request: Request, services: Services) -> Response:
    if found is None:
        raise NotFoundError("There is no such job, or it ended more than a day ago.")
    found = await watch(found, services)
    return await show_job(found, services.settings().public_base_url or request.origin, services)
