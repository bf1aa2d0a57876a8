"""Have the ledger begin a request, now or later."""

from collections.abc import Callable
from dataclasses import replace

from easel.errors import KeyReusedError, OverBudgetError
from easel.generation.execution.context import Context
from easel.generation.execution.spending import price_of, refusal
from easel.generation.planning.request import PlannedRequest
from easel.ledger.messages import Begin, Idempotency
from easel.ledger.requests import begin
from easel.ledger.verdicts import Conflict, Refused, Verdict

# What nobody renews for so long has been interrupted, in seconds.
LEASE_SECONDS = 30.0

# A request that is queued is taken up within so many seconds, or its message may be lost.
QUEUED_SECONDS = 60.0


async def ask_to_begin(
    planned: PlannedRequest,
    idempotency: Idempotency | None,
    context: Context,
    write_stored_request: Callable[[PlannedRequest], str] | None = None,
    follow_up: str | None = None,
) -> tuple[PlannedRequest, Verdict]:
    """Ask the ledger to begin a request, with the first of its models that the budget allows.

    Args:
        planned: the request.
        idempotency: by what it is known again.
        context: what it has.
        write_stored_request: makes of it what is kept until it is carried out, where that is later.
        follow_up: what is to be done once it has ended, where anything is.

    Returns:
        The request, with the models that are left, and what the ledger says of it.

    Raises:
        KeyReusedError: its name stands for another request.
        OverBudgetError: the budget allows for none of its models.
        TooFastError: its key asks too often.
    """
    skipped = 0
    while True:
        # It may have waited, even until the next day.
        context.started = context.services.now()
        asked = replace(
            planned, plans=planned.plans[skipped:], alike=() if skipped else planned.alike
        )
        wanted = _begin(asked, idempotency, context)
        if write_stored_request is not None:
            stored = write_stored_request(asked)
            wanted = replace(wanted, lease=QUEUED_SECONDS, stored=stored, follow_up=follow_up)
        verdict = await context.services.ledger(begin, wanted)
        if isinstance(verdict, Conflict):
            raise KeyReusedError(
                "This idempotency key was used for another request. Send another key, or the same "
                "request."
            )
        if not isinstance(verdict, Refused):
            return asked, verdict
        error = refusal(verdict, context)
        if not isinstance(error, OverBudgetError) or skipped + 1 == len(planned.plans):
            raise error
        # A later model may be cheaper.
        skipped += 1


def _begin(planned: PlannedRequest, idempotency: Idempotency | None, context: Context) -> Begin:
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
        alike=planned.alike,
        since=0.0 if hours is None else context.now() - 3600 * hours,
        delivered=context.services.deliveries.take(context.now()),
    )
