"""Begin a request in the ledger, to run now or as a job."""

from collections.abc import Callable
from dataclasses import replace

from easel.errors import BudgetExceededError, IdempotencyKeyReusedError
from easel.generation.execution.context import Context
from easel.generation.execution.spending import price_of, refusal
from easel.generation.planning.request import PlannedRequest
from easel.ledger.messages import Begin, Idempotency
from easel.ledger.requests import begin
from easel.ledger.verdicts import Conflict, Refused, Verdict
from easel.limits import LEASE_SECONDS, QUEUED_SECONDS


async def begin_request(
    planned: PlannedRequest,
    idempotency: Idempotency | None,
    context: Context,
    write_stored_request: Callable[[PlannedRequest], str] | None = None,
    follow_up: str | None = None,
) -> tuple[PlannedRequest, Verdict]:
    """Begin a request in the ledger, with the first of its models that the budget allows.

    Args:
        planned: the request.
        idempotency: how a repetition of the request is recognised; None where it is not.
        context: its context.
        write_stored_request: writes the stored form of a job; None for a request that runs now.
        follow_up: the stored form of the job's follow-up.

    Returns:
        The request with the remaining models, and the ledger's verdict.

    Raises:
        IdempotencyKeyReusedError: the idempotency key belongs to a different request.
        BudgetExceededError: the budget allows none of the models.
        TooManyRequestsError: the key has reached its requests per minute.
    """
    skipped = 0
    while True:
        # A repeated request may have waited until the next day.
        context.started = context.services.now()
        remaining = replace(
            planned,
            plans=planned.plans[skipped:],
            fingerprints=() if skipped else planned.fingerprints,
        )
        message = _message(remaining, idempotency, context)
        if write_stored_request is not None:
            stored = write_stored_request(remaining)
            message = replace(message, lease=QUEUED_SECONDS, stored=stored, follow_up=follow_up)
        verdict = await context.services.ledger(begin, message)
        if isinstance(verdict, Conflict):
            raise IdempotencyKeyReusedError(
                "This idempotency key was used for a different request. Send a new key with this "
                "request, or the earlier request with this key."
            )
        if not isinstance(verdict, Refused):
            return remaining, verdict
        error = refusal(verdict, context)
        if not isinstance(error, BudgetExceededError) or skipped + 1 == len(planned.plans):
            raise error
        # A later model may be cheaper.
        skipped += 1


def _message(planned: PlannedRequest, idempotency: Idempotency | None, context: Context) -> Begin:
    plan = planned.plans[0]
    hours = context.settings.image_ttl_hours
    return Begin(
        id=context.id,
        owner=context.caller.name,
        now=context.started.timestamp(),
        lease=LEASE_SECONDS,
        provider=plan.card.provider,
        model=plan.card.id,
        images=len(plan.seeds),
        stem=context.stem,
        price=price_of(plan, planned.inputs, context),
        requests_per_minute=context.caller.limits.requests_per_minute,
        idempotency=idempotency,
        alike=planned.fingerprints,
        since=0.0 if hours is None else context.now() - 3600 * hours,
        delivered=context.services.deliveries.take(context.now()),
    )
