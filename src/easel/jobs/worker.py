"""The queue's worker: execute jobs and deliver their webhooks."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from easel.errors import EaselError, ServerError
from easel.generation.answers.stored import write_error
from easel.generation.execution.context import context_for
from easel.generation.lifecycle.at_most_once import execute
from easel.generation.lifecycle.follow_up import run_follow_up
from easel.generation.lifecycle.messages import read_message, retry_delay
from easel.generation.lifecycle.recovery import settle_interrupted
from easel.generation.planning.disclosure import log_or_hide
from easel.generation.planning.request import PlannedRequest, plan_request
from easel.jobs.stored import StoredRequest, load_sources, read_body, read_stored_request
from easel.jobs.webhook import deliver_webhook
from easel.ledger.background import claim_background
from easel.ledger.messages import End
from easel.ledger.records import BackgroundRequest, ModelUsage, OpenRequest
from easel.ledger.requests import end
from easel.limits import LEASE_SECONDS
from easel.middleware import observe
from easel.observability.request_log import describe_bug
from easel.services import Services


async def handle_message(text: str, attempts: int, services: Services) -> float | None:
    """Handle one message of the queue; errors are logged, and the message is retried.

    Args:
        text: of the message.
        attempts: deliveries of the message so far, this one included.
        services: of this message.

    Returns:
        The seconds until the message should be delivered again; None if it is done.
    """
    observed = observe(services)
    services = observed.services
    request_log = services.request_log
    delay: float | None = retry_delay(attempts)
    try:
        event, job_id = read_message(text)
        request_log.tell({"event": event, "job": job_id, "delivery": attempts})
        delay = await _HANDLERS[event](job_id, attempts, services)
    except EaselError as error:
        services.log(f"{error.code}: {error.message}")
    except Exception as error:  # noqa: BLE001 - the error boundary, as in `app.handle`
        services.log(describe_bug(error, request_log))
    passed = (services.now() - observed.started).total_seconds()
    request_log.tell({"retry_seconds": delay, "total_ms": round(1000 * passed)})
    observed.write(request_log.line())
    return delay


async def execute_job(job_id: str, _attempts: int, services: Services) -> float | None:
    """Execute a job, unless it has ended or another worker executes it.

    Returns:
        The seconds after which to check the job again; None if the job has ended.

    Raises:
        StorageError: the bucket failed.
        LedgerError: the ledger cannot be reached.
    """
    now = services.now().timestamp()
    job = await services.ledger(claim_background, job_id, now, LEASE_SECONDS)
    if job is None or job.ended is not None:
        return None
    services.request_log.tell({"key": job.request.owner, "model": job.request.model})
    if job.state == "queued":
        await _execute(job, services)
    elif job.is_alive:
        # The other worker may still be interrupted.
        return LEASE_SECONDS
    else:
        await settle_interrupted(job.request, services)
    return None


_HANDLERS: Mapping[str, Callable[[str, int, Services], Awaitable[float | None]]] = {
    "carry_out": execute_job,
    "webhook": deliver_webhook,
}


async def _execute(job: BackgroundRequest, services: Services) -> None:
    opened, stored = job.request, read_stored_request(job.stored or "")
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
        # The ledger stores the error, and the job's route shows it.
        services.request_log.tell({"code": error.code})


async def _plan(stored: StoredRequest, job_id: str, services: Services) -> PlannedRequest:
    """Plan the request again: the settings may have changed since the job was submitted."""
    body = read_body(stored)
    log_or_hide(body, None, services)
    planned = await plan_request(
        body, stored.task, await load_sources(stored, job_id, services), services
    )
    return replace(planned, is_background=True)


async def _fail(opened: OpenRequest, error: EaselError, services: Services) -> None:
    """End a job that failed before a provider was called, so that it cost nothing."""
    services.request_log.tell({"code": error.code})
    spent = ModelUsage(opened.provider, opened.model, requests=1, errors=opened.images)
    message = End(
        id=opened.id,
        owner=opened.owner,
        started=opened.started,
        now=services.now().timestamp(),
        state="failed",
        spent=(spent,),
        answer=write_error(error),
        may_begin_again=True,
    )
    ended = await services.ledger(end, message)
    await run_follow_up(opened.id, ended.follow_up, services)
