"""Do what the queue's messages ask for: carry requests out, tell webhooks."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from easel.errors import EaselError, ServerError
from easel.generation.answers.stored import write_error
from easel.generation.execution.context import context_for
from easel.generation.lifecycle.at_most_once import execute
from easel.generation.lifecycle.begin import LEASE_SECONDS
from easel.generation.lifecycle.follow_up import do_follow_up
from easel.generation.lifecycle.messages import delay_after, read_message
from easel.generation.lifecycle.recovery import settle_lost
from easel.generation.planning.disclosure import log_or_hide
from easel.generation.planning.request import PlannedRequest, plan_request
from easel.jobs.stored import StoredRequest, body_of, read_stored_request, sources_of
from easel.jobs.webhook import tell_webhook
from easel.ledger.background import claim_background
from easel.ledger.messages import End
from easel.ledger.records import BackgroundRequest, Open, Spent
from easel.ledger.requests import end
from easel.middleware import observe
from easel.observability.request_log import describe_bug
from easel.services import Services


async def handle_message(text: str, attempts: int, services: Services) -> float | None:
    """Do what a message asks for, whatever happens.

    Args:
        text: the message.
        attempts: how many times it was delivered, this time included.
        services: everything outside.

    Returns:
        None where that is done; else seconds after which the message is to come again.
    """
    observed = observe(services)
    services = observed.services
    request_log = services.request_log
    delay: float | None = delay_after(attempts)
    try:
        task, name = read_message(text)
        request_log.tell({"event": task, "job": name, "delivery": attempts})
        delay = await _TASKS[task](name, attempts, services)
    except EaselError as error:
        services.log(f"{error.code}: {error.message}")
    except Exception as error:  # noqa: BLE001 - the last line of defence, as it is for HTTP
        services.log(describe_bug(error, request_log))
    passed = (services.now() - observed.started).total_seconds()
    request_log.tell({"again_seconds": delay, "total_ms": round(1000 * passed)})
    observed.write(request_log.line())
    return delay


async def execute_job(name: str, _attempts: int, services: Services) -> float | None:
    """Carry out a request that was put off, unless somebody has done so, or is at it.

    Returns:
        None where nothing more is to be done; else seconds after which to look again.

    Raises:
        StorageError: the bucket failed.
        LedgerError: the ledger cannot be reached.
    """
    now = services.now().timestamp()
    request = await services.ledger(claim_background, name, now, LEASE_SECONDS)
    if request is None or request.ended is not None:
        return None
    services.request_log.tell({"key": request.request.owner, "model": request.request.model})
    if request.state == "queued":
        await _carry_out(request, services)
    elif request.is_alive:
        # Whoever is at it may be interrupted yet.
        return LEASE_SECONDS
    else:
        await settle_lost(request.request, services)
    return None


_TASKS: Mapping[str, Callable[[str, int, Services], Awaitable[float | None]]] = {
    "carry_out": execute_job,
    "webhook": tell_webhook,
}


async def _carry_out(request: BackgroundRequest, services: Services) -> None:
    opened, stored = request.request, read_stored_request(request.stored or "")
    services.request_log.tell({"request_id": stored.request_id})
    try:
        planned = await _plan(stored, opened.id, services)
    except EaselError as error:
        await _fail(opened, error, services)
        return
    except Exception:
        await _fail(opened, ServerError("easel failed. Its log has the details."), services)
        raise
    context = context_for(stored.caller, services, opened)
    try:
        await execute(planned, (), context)
    except EaselError as error:
        # The ledger keeps it for those who ask after the job.
        services.request_log.tell({"code": error.code})


async def _plan(stored: StoredRequest, name: str, services: Services) -> PlannedRequest:
    """The request as it was planned; the owner may have changed what is possible since then."""
    body = body_of(stored)
    log_or_hide(body, None, services)
    planned = await plan_request(
        body, stored.task, await sources_of(stored, name, services), services
    )
    return replace(planned, is_background=True)


async def _fail(opened: Open, error: EaselError, services: Services) -> None:
    """End a request that could not be tried: it has cost nothing."""
    services.request_log.tell({"code": error.code})
    spent = Spent(opened.provider, opened.model, requests=1, errors=opened.images)
    told = End(
        id=opened.id,
        owner=opened.owner,
        started=opened.started,
        now=services.now().timestamp(),
        state="failed",
        spent=(spent,),
        answer=write_error(error),
        may_begin_again=True,
    )
    ended = await services.ledger(end, told)
    await do_follow_up(opened.id, ended.follow_up, services)
