"""Put a request off: the caller gets a job at once, and the images are made later."""

from contextlib import suppress
from dataclasses import replace

from easel.access.authentication import Caller
from easel.errors import (
    BodyTooLargeError,
    InvalidValueError,
    LedgerError,
    UnsupportedParameterError,
)
from easel.generation.answers.result import headers_before
from easel.generation.execution.context import Context, context_for
from easel.generation.incoming import Incoming
from easel.generation.lifecycle.begin import ask_to_begin
from easel.generation.lifecycle.follow_up import (
    FollowUp,
    delete_inputs,
    input_key,
    write_follow_up,
)
from easel.generation.lifecycle.messages import send
from easel.generation.planning.request import PlannedRequest
from easel.jobs.status import show_job
from easel.jobs.stored import store_request, write_stored_request
from easel.jobs.watchdog import watch
from easel.ledger.background import find_background
from easel.ledger.messages import End, Idempotency
from easel.ledger.requests import end
from easel.media.sniff import MEDIA_TYPES
from easel.media.urls import UntrustedUrlError, check_url
from easel.platform.http import Response
from easel.services import Services
from easel.settings.settings import Settings
from easel.wire.prefer import RESPOND_ASYNC, prefers_background
from easel.wire.requests import ImageRequest

# The ledger keeps 2 MB in a row. https://developers.cloudflare.com/durable-objects/platform/limits/
_LONGEST_PLAN = 1_000_000


async def submit_job(
    incoming: Incoming,
    planned: PlannedRequest,
    idempotency: Idempotency | None,
    services: Services,
) -> Response | None:
    """Have a request carried out later, and tell of its job.

    Returns:
        The job. None where the same request came before and waits for its answer, as this one may
        have to, too: nobody has to heed what a client prefers.

    Raises:
        EaselError: why it is not put off.
    """
    settings, caller = services.settings(), incoming.caller
    webhook = _check(planned.body, caller, settings)
    context = context_for(caller, services)
    _require_credential(planned, context)
    base_url = incoming.base_url(settings)
    inputs = _count_inputs(planned)
    follow_up = FollowUp(base_url, incoming.sends_images, webhook, inputs)
    later = replace(planned, is_background=True)
    if idempotency is not None and not idempotency.is_named:
        # A client's retries are those of a request that was put off as well.
        idempotency = replace(idempotency, key=f"background {idempotency.key}")
    earlier = await services.keep_alive(_begin(later, idempotency, context, follow_up))
    now = context.now()
    found = await services.ledger(find_background, caller.name, earlier or context.id, now)
    if found is None:
        return None
    if earlier is not None:
        found = await watch(found, services)
    response = await show_job(found, base_url, services)
    response.status = 202
    response.headers |= _known_before(planned) if earlier is None else _REPLAYED
    response.headers["location"] = f"/v1/images/jobs/{found.request.id}"
    if prefers_background(incoming.http):
        response.headers["preference-applied"] = RESPOND_ASYNC
    if idempotency is not None and idempotency.is_watched and not services.client_left():
        services.deliveries.add(found.request.id, context.now())
    return response


_REPLAYED = {"idempotent-replayed": "true"}


def _known_before(planned: PlannedRequest) -> dict[str, str]:
    known = headers_before(planned.plans)
    if not planned.plans[0].is_repeatable:
        # Other seeds will be drawn when it is carried out.
        known.pop("x-easel-seed", None)
    return known


def _check(body: ImageRequest, caller: Caller, settings: Settings) -> str | None:
    """See that a request can be put off; gives the URL of its webhook, where it has one."""
    if body.stream:
        raise UnsupportedParameterError(
            "A background request is not streamed: leave out 'stream', or do not ask for the "
            "background.",
            param="stream",
        )
    if caller.tokens:
        raise UnsupportedParameterError(
            "A background request cannot be paid for with your own provider's token, because easel "
            "never stores one. Use one of this server's keys alone, or wait for the answer.",
            param="background",
        )
    if body.webhook is None:
        return None
    if settings.webhook_secret is None:
        raise UnsupportedParameterError(
            "This server tells no webhooks until its owner sets WEBHOOK_SECRET. Ask for the job "
            "instead.",
            param="webhook",
        )
    try:
        return check_url(body.webhook, allow_private=settings.allow_private_urls)
    except UntrustedUrlError as error:
        raise InvalidValueError(f"Invalid value for 'webhook': {error}", param="webhook") from None


def _require_credential(planned: PlannedRequest, context: Context) -> None:
    """See that there is a credential for one of the models; without one, the job would fail."""
    names = [plan.card.provider for plan in planned.plans]
    if not any(context.is_owners(name) for name in names):
        context.credentials(names[0])


def _count_inputs(planned: PlannedRequest) -> int:
    inputs = planned.inputs
    return 0 if inputs is None else len(inputs.images) + (inputs.mask is not None)


async def _begin(
    planned: PlannedRequest, idempotency: Idempotency | None, context: Context, follow_up: FollowUp
) -> str | None:
    """Begin a request that is carried out later.

    Returns:
        None; or the id of the same request, which was begun before.
    """
    request_id = str(context.services.request_log.facts.get("request_id", ""))

    def write(planned: PlannedRequest) -> str:
        text = write_stored_request(store_request(planned, context.caller, request_id))
        if len(text.encode()) > _LONGEST_PLAN:
            raise BodyTooLargeError("The request has too much text in it to be put off.")
        return text

    _, verdict = await ask_to_begin(
        planned, idempotency, context, write, write_follow_up(follow_up)
    )
    if verdict.kind != "begun":
        return verdict.id
    try:
        await _keep_inputs(planned, context)
        await send("carry_out", context.id, context.services)
    except BaseException:
        await _forget(context, follow_up)
        raise
    return None


async def _keep_inputs(planned: PlannedRequest, context: Context) -> None:
    inputs = planned.inputs
    if inputs is None:
        return
    images = [*inputs.images, *([inputs.mask] if inputs.mask is not None else [])]
    for index, image in enumerate(images):
        media_type = MEDIA_TYPES[image.facts.format]
        await context.services.bucket.put(
            input_key(context.id, index), image.content, media_type, {}
        )


async def _forget(context: Context, follow_up: FollowUp) -> None:
    """Let it be as if the request had never begun: nothing is held for it any more."""
    told = End(
        id=context.id,
        owner=context.caller.name,
        started=context.started.timestamp(),
        now=context.now(),
        state="failed",
    )
    with suppress(LedgerError):
        await context.services.ledger(end, told)
    await delete_inputs(context.id, follow_up.inputs, context.services)
