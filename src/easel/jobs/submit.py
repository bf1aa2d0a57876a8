"""Submit a job: the caller gets the job at once, and a worker makes the images later."""

from contextlib import suppress
from dataclasses import replace

from easel.access.authentication import Caller
from easel.errors import (
    BodyTooLargeError,
    InvalidValueError,
    LedgerError,
    UnsupportedParameterError,
)
from easel.generation.answers.headers import preliminary_headers
from easel.generation.execution.context import Context, context_for
from easel.generation.incoming import Incoming
from easel.generation.lifecycle.begin import begin_request
from easel.generation.lifecycle.follow_up import (
    FollowUp,
    delete_inputs,
    input_key,
    write_follow_up,
)
from easel.generation.lifecycle.messages import send
from easel.generation.planning.request import PlannedRequest
from easel.jobs.status import render_job
from easel.jobs.stored import make_stored_request, write_stored_request
from easel.jobs.watchdog import ensure_progress
from easel.ledger.background import find_background
from easel.ledger.messages import End, Idempotency
from easel.ledger.requests import end
from easel.ledger.verdicts import Begun, Earlier
from easel.limits import MAX_STORED_REQUEST_BYTES
from easel.media.sniff import MEDIA_TYPES
from easel.media.urls import UntrustedUrlError, check_url
from easel.platform.http import Response
from easel.services import Services
from easel.settings.settings import Settings
from easel.wire.prefer import RESPOND_ASYNC, prefers_background
from easel.wire.requests import ImageRequest


async def submit_job(
    incoming: Incoming,
    planned: PlannedRequest,
    idempotency: Idempotency | None,
    services: Services,
) -> Response | None:
    """Submit a request as a job and render the job.

    Returns:
        The job. None if the same request was sent before as a synchronous one: the caller then
        waits for its answer, because `Prefer` does not bind the server (RFC 7240, 2).

    Raises:
        EaselError: the request cannot be a job, the budget is exhausted, or a service failed.
    """
    settings, caller = services.settings(), incoming.caller
    webhook = _check_job(planned.body, caller, settings)
    context = context_for(caller, services)
    _require_credential(planned, context)
    base_url = incoming.base_url(settings)
    inputs = _count_inputs(planned)
    follow_up = FollowUp(base_url, incoming.sends_images, webhook, inputs)
    planned = replace(planned, is_background=True)
    if idempotency is not None and not idempotency.is_named:
        # Retries of a job do not match retries of the same synchronous request.
        idempotency = replace(idempotency, key=f"background {idempotency.key}")
    earlier = await services.keep_alive(_begin(planned, idempotency, context, follow_up))
    now = context.now()
    job = await services.ledger(find_background, caller.name, earlier or context.id, now)
    if job is None:
        return None
    if earlier is not None:
        job = await ensure_progress(job, services)
    response = await render_job(job, base_url, services)
    response.status = 202
    response.headers |= _planned_headers(planned) if earlier is None else _REPLAYED
    response.headers["location"] = f"/v1/images/jobs/{job.request.id}"
    if prefers_background(incoming.http):
        response.headers["preference-applied"] = RESPOND_ASYNC
    if idempotency is not None and idempotency.is_watched and not services.client_left():
        services.deliveries.add(job.request.id, context.now())
    return response


_REPLAYED = {"idempotent-replayed": "true"}


def _planned_headers(planned: PlannedRequest) -> dict[str, str]:
    headers = preliminary_headers(planned.plans)
    if not planned.plans[0].is_repeatable:
        # The worker draws other seeds.
        headers.pop("x-easel-seed", None)
    return headers


def _check_job(body: ImageRequest, caller: Caller, settings: Settings) -> str | None:
    """Check that a request can be a job, and return the URL of its webhook, if it has one."""
    if body.stream:
        raise UnsupportedParameterError(
            "A background request cannot be streamed: omit 'stream', or do not request a "
            "background job.",
            param="stream",
        )
    if caller.tokens:
        raise UnsupportedParameterError(
            "A background request cannot use your own provider token, because easel never stores "
            "tokens. Send only one of this server's keys, or omit 'background'.",
            param="background",
        )
    if body.webhook is None:
        return None
    if settings.webhook_secret is None:
        raise UnsupportedParameterError(
            "This server sends no webhooks, because WEBHOOK_SECRET is not set. Omit 'webhook' and "
            "poll the job instead.",
            param="webhook",
        )
    try:
        return check_url(body.webhook, allow_private=settings.allow_private_urls)
    except UntrustedUrlError as error:
        raise InvalidValueError(f"Invalid value for 'webhook': {error}", param="webhook") from None


def _require_credential(planned: PlannedRequest, context: Context) -> None:
    """Check that there is a credential for one of the models; without one, the job would fail."""
    names = [plan.card.provider for plan in planned.plans]
    if not any(context.owner_pays(name) for name in names):
        context.credentials(names[0])


def _count_inputs(planned: PlannedRequest) -> int:
    inputs = planned.inputs
    return 0 if inputs is None else len(inputs.images) + (inputs.mask is not None)


async def _begin(
    planned: PlannedRequest, idempotency: Idempotency | None, context: Context, follow_up: FollowUp
) -> str | None:
    """Begin a job: hold its budget, store its input images and send its message.

    Returns:
        None for a new job; else the id of the same request, which was begun before.
    """
    request_id = str(context.services.request_log.facts.get("request_id", ""))

    def write(planned: PlannedRequest) -> str:
        text = write_stored_request(make_stored_request(planned, context.caller, request_id))
        if len(text.encode()) > MAX_STORED_REQUEST_BYTES:
            raise BodyTooLargeError("The text of the request is too long for a background job.")
        return text

    _, verdict = await begin_request(
        planned, idempotency, context, write, write_follow_up(follow_up)
    )
    if not isinstance(verdict, Begun):
        return verdict.id if isinstance(verdict, Earlier) else None
    try:
        await _store_inputs(planned, context)
        await send("carry_out", context.id, context.services)
    except BaseException:
        await _discard(context, follow_up)
        raise
    return None


async def _store_inputs(planned: PlannedRequest, context: Context) -> None:
    inputs = planned.inputs
    if inputs is None:
        return
    images = [*inputs.images, *([inputs.mask] if inputs.mask is not None else [])]
    for index, image in enumerate(images):
        media_type = MEDIA_TYPES[image.facts.format]
        await context.services.bucket.put(
            input_key(context.id, index), image.content, media_type, {}
        )


async def _discard(context: Context, follow_up: FollowUp) -> None:
    """Undo the beginning of a job: end it in the ledger, and delete its input images."""
    message = End(
        id=context.id,
        owner=context.caller.name,
        started=context.started.timestamp(),
        now=context.now(),
        state="failed",
    )
    with suppress(LedgerError):
        await context.services.ledger(end, message)
    await delete_inputs(context.id, follow_up.inputs, context.services)
