"""Execute each request at most once, however often it is repeated.

The ledger decides whether a request begins, receives the result of an earlier equal one, or waits
for one that is running. A running request renews its lease. When a lease expires, the images that
were stored are found by their names, and nothing is bought again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from easel.access.authentication import Caller
from easel.errors import ClientDisconnectedError, EaselError, RequestInProgressError
from easel.generation.answers.result import GenerationResult, build_result
from easel.generation.answers.stored import read_outcome
from easel.generation.execution.batch import Outcome
from easel.generation.execution.context import Context
from easel.generation.execution.fallback import execute_chain, summarize_errors
from easel.generation.lifecycle.begin import begin_request
from easel.generation.lifecycle.finish import cancelled_error, end_request
from easel.generation.lifecycle.lease import renewed_lease
from easel.generation.lifecycle.recovery import recover
from easel.generation.planning.request import PlannedRequest
from easel.ledger.history import forget_image
from easel.ledger.idempotency import find_answered
from easel.ledger.messages import Ended, Idempotency
from easel.ledger.records import ImageRecord
from easel.ledger.retries import exchange
from easel.ledger.verdicts import Answered, Begun, Earlier, Lost, Stored
from easel.limits import FIRST_WAIT_SECONDS, MAX_TOTAL_WAIT_SECONDS, MAX_WAIT_SECONDS
from easel.services import Services


async def execute_once(
    planned: PlannedRequest, idempotency: Idempotency | None, context: Context
) -> GenerationResult:
    """Execute a request, or return the result of an earlier equal one.

    Raises:
        EaselError: there is no result; of several errors, one that may have cost something.
    """
    wait = _Wait()
    while True:
        begun, verdict = await begin_request(planned, idempotency, context)
        earlier = verdict.id if isinstance(verdict, Earlier) else None
        context.answer_id = earlier or context.id
        match verdict:
            case Begun(stored):
                result, ended = await execute(begun, stored, context)
                if ended.is_claimed and not context.services.client_left():
                    return await _exchange(result, context)
                return result
            case Answered(answer=stored_outcome):
                return _replay(stored_outcome)
            case Lost(request):
                return await recover(request, context)
            case Stored(stored):
                if await _are_in_bucket(stored, context):
                    return build_result(Outcome(), stored, planned, context)
            case _ if context.services.client_left():
                raise ClientDisconnectedError("The client closed the connection.")
            case _:
                if not await wait.once_more(context.services):
                    raise RequestInProgressError(
                        "The same request is still running. Send it again later to get its result.",
                        retry_after=MAX_WAIT_SECONDS,
                    )


@dataclass
class _Wait:
    """The wait of a repeated request for the first one, in seconds."""

    total: float = 0.0
    pause: float = FIRST_WAIT_SECONDS

    async def once_more(self, services: Services) -> bool:
        """Wait, longer each time; return False when the total has reached its limit."""
        if self.total >= MAX_TOTAL_WAIT_SECONDS:
            return False
        await services.sleep(self.pause)
        self.total += self.pause
        self.pause = min(2 * self.pause, MAX_WAIT_SECONDS)
        return True


async def _exchange(own: GenerationResult, context: Context) -> GenerationResult:
    """The result for a client whose own request was assigned to a retry of another client.

    Of several equal requests, the other client had abandoned one. This client receives the result
    of that one. If there is no other, the abandoned one is this client's own, whose result then
    goes nowhere.
    """
    wait = _Wait()
    while True:
        verdict = await context.services.ledger(exchange, context.id, context.now())
        if verdict is None:
            return own
        context.answer_id = verdict.id
        if isinstance(verdict, Answered):
            return _raise_error(read_outcome(verdict.answer))
        if isinstance(verdict, Lost):
            return await recover(verdict.request, context)
        if not await wait.once_more(context.services):
            return own


async def find_answer(
    idempotency: Idempotency | None, caller: Caller, services: Services
) -> GenerationResult | None:
    """The result of an earlier equal request; None if there is none.

    For requests that can no longer be planned, for example because the URLs of their input images
    have expired.

    Raises:
        EaselError: the earlier request ended with this error.
    """
    if idempotency is None:
        return None
    name, now = f"job_{services.random_bytes(16).hex()}", services.now().timestamp()
    verdict = await services.ledger(find_answered, caller.name, name, idempotency, now)
    return None if verdict is None else _replay(verdict.answer)


_REPLAYED = {"idempotent-replayed": "true"}


def _replay(stored_outcome: str) -> GenerationResult:
    outcome = read_outcome(stored_outcome)
    if isinstance(outcome, EaselError):
        outcome.headers |= _REPLAYED
        raise outcome
    return replace(outcome, headers={**outcome.headers, **_REPLAYED})


def _raise_error(outcome: GenerationResult | EaselError) -> GenerationResult:
    if isinstance(outcome, EaselError):
        raise outcome
    return outcome


async def _are_in_bucket(records: Sequence[ImageRecord], context: Context) -> bool:
    """Whether all recorded images are in the bucket; the records of missing ones are deleted."""
    services = context.services
    heads = await asyncio.gather(*(services.bucket.head(record.key) for record in records))
    for record, head in zip(records, heads, strict=True):
        if head is None:
            await services.ledger(forget_image, context.caller.name, record.id)
    return None not in heads


async def execute(
    planned: PlannedRequest, stored: Sequence[ImageRecord], context: Context
) -> tuple[GenerationResult, Ended]:
    """Execute a request that the ledger has begun, and end it in the ledger.

    After a bug the request is not ended: its lease expires, and its images are recovered as after
    any other interruption.

    Args:
        planned: the request.
        stored: those of its images that exist already.
        context: its context.

    Returns:
        The result, and the ledger's answer to the end of the request.

    Raises:
        EaselError: no image was generated.
    """
    missing = planned.without([record.fingerprint or "" for record in stored])
    async with renewed_lease(context, is_job=planned.is_background):
        outcome = await execute_chain(missing.plans, planned.inputs, context)
    if outcome.made or stored:
        result = build_result(outcome, stored, planned, context)
        return result, await end_request(planned, outcome, result, context)
    error = summarize_errors(outcome.reasons)
    if planned.is_background and context.services.client_left():
        error = cancelled_error(billed=error.billed)
    await end_request(planned, outcome, error, context)
    raise error
