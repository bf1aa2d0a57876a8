"""Carry a request out once, whoever asks for it how often.

The ledger decides: whether a request begins, is answered as it was before, or must wait for one
that is under way. Whoever carries one out renews a lease; where that runs out, what was stored is
found by its name, and nothing is bought again.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from easel.access.authentication import Caller
from easel.errors import ClientLeftError, EaselError, LedgerError, RequestRunningError
from easel.generation.answers.result import GenerationResult, answer_of
from easel.generation.answers.stored import read_answer
from easel.generation.execution.batch import Outcome
from easel.generation.execution.context import Context
from easel.generation.execution.fallback import execute_chain, most_informative
from easel.generation.lifecycle.begin import LEASE_SECONDS, ask_to_begin
from easel.generation.lifecycle.finish import called_off, end_request
from easel.generation.lifecycle.recovery import recover
from easel.generation.planning.request import PlannedRequest
from easel.ledger.history import forget_image
from easel.ledger.idempotency import find_answered
from easel.ledger.messages import Ended, Idempotency
from easel.ledger.records import ImageRecord
from easel.ledger.requests import renew
from easel.ledger.retries import exchange
from easel.ledger.verdicts import Answered, Begun, Earlier, Lost, Stored
from easel.services import Services

_RENEWAL_SECONDS = 10.0

# The caller of a background request calls it off through its lease.
_BACKGROUND_RENEWAL_SECONDS = 3.0

# How long a repeated request waits for the first one: about a minute in all.
_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 2.0
_PATIENCE_SECONDS = 60.0


async def execute_once(
    planned: PlannedRequest, idempotency: Idempotency | None, context: Context
) -> GenerationResult:
    """Have a request carried out, or find the answer of the same one.

    Raises:
        EaselError: why there is no answer; of several reasons, one that may have cost something.
    """
    patience = _Patience()
    while True:
        asked, verdict = await ask_to_begin(planned, idempotency, context)
        earlier = verdict.id if isinstance(verdict, Earlier) else None
        context.answered = earlier or context.id
        match verdict:
            case Begun(stored):
                answer, ended = await execute(asked, stored, context)
                if ended.is_taken and not context.services.client_left():
                    return await _exchange(answer, context)
                return answer
            case Answered(answer=kept):
                return _replayed(kept)
            case Lost(request):
                return await recover(request, context)
            case Stored(stored):
                if await _are_there(stored, context):
                    return answer_of(Outcome(), stored, planned, context)
            case _ if context.services.client_left():
                raise ClientLeftError("The client has left.")
            case _:
                if not await patience.wait(context.services):
                    raise RequestRunningError(
                        "The same request is still being carried out. Ask again for its answer.",
                        retry_after=_LONGEST_WAIT_SECONDS,
                    )


@dataclass
class _Patience:
    """How long a repeated request has waited for the first one, in seconds."""

    waited: float = 0.0
    next_wait: float = _FIRST_WAIT_SECONDS

    async def wait(self, services: Services) -> bool:
        """Wait, longer each time; False when that has taken too long already."""
        if self.waited >= _PATIENCE_SECONDS:
            return False
        await services.sleep(self.next_wait)
        self.waited += self.next_wait
        self.next_wait = min(2 * self.next_wait, _LONGEST_WAIT_SECONDS)
        return True


async def _exchange(own: GenerationResult, context: Context) -> GenerationResult:
    """The answer for a client whose own request a retry has taken: that of another equal one.

    The retry's client had given up one of the equal requests. Where there is no other, it was this
    one, and the answer goes nowhere.
    """
    patience = _Patience()
    while True:
        verdict = await context.services.ledger(exchange, context.id, context.now())
        if verdict is None:
            return own
        context.answered = verdict.id
        if isinstance(verdict, Answered):
            return read_answer(verdict.answer)
        if isinstance(verdict, Lost):
            return await recover(verdict.request, context)
        if not await patience.wait(context.services):
            return own


async def find_answer(
    idempotency: Idempotency | None, caller: Caller, services: Services
) -> GenerationResult | None:
    """The answer of the same request, if it was given before; None if it was not.

    For requests that cannot be planned any more, such as one whose images have left their URLs.

    Raises:
        EaselError: the answer was an error.
    """
    if idempotency is None:
        return None
    name, now = f"job_{services.random_bytes(16).hex()}", services.now().timestamp()
    verdict = await services.ledger(find_answered, caller.name, name, idempotency, now)
    return None if verdict is None else _replayed(verdict.answer)


def _replayed(kept: str) -> GenerationResult:
    told = {"idempotent-replayed": "true"}
    try:
        answer = read_answer(kept)
    except EaselError as error:
        error.headers |= told
        raise
    return replace(answer, headers={**answer.headers, **told})


async def _are_there(stored: Sequence[ImageRecord], context: Context) -> bool:
    """Whether images that are on record are in the bucket; those that are not are forgotten."""
    services = context.services
    found = await asyncio.gather(*(services.bucket.head(record.key) for record in stored))
    for record, one in zip(stored, found, strict=True):
        if one is None:
            await services.ledger(forget_image, context.caller.name, record.id)
    return None not in found


async def execute(
    planned: PlannedRequest, stored: Sequence[ImageRecord], context: Context
) -> tuple[GenerationResult, Ended]:
    """Carry out a request that the ledger has begun, and tell the ledger what became of it.

    Args:
        planned: the request.
        stored: those of its images that are there already.
        context: what it has.

    After a bug it does not: the lease runs out, and what was stored is found like after any other
    interruption.

    Returns:
        The answer, and what the ledger says to it.

    Raises:
        EaselError: no image was made.
    """
    missing = planned.without([record.fingerprint or "" for record in stored])
    every = _BACKGROUND_RENEWAL_SECONDS if planned.is_background else _RENEWAL_SECONDS
    renewing = asyncio.ensure_future(_keep_lease(every, context))
    try:
        outcome = await execute_chain(missing.plans, planned.inputs, context)
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
    if outcome.made or stored:
        answer = answer_of(outcome, stored, planned, context)
        return answer, await end_request(planned, outcome, answer, None, context)
    error = most_informative(outcome.reasons)
    if planned.is_background and context.services.client_left():
        error = called_off(billed=error.billed)
    await end_request(planned, outcome, None, error, context)
    raise error


async def _keep_lease(every: float, context: Context) -> None:
    """Renew the lease until it is needed no longer; the caller may have called the work off."""
    while True:
        await asyncio.sleep(every)
        with suppress(LedgerError):
            until = context.now() + LEASE_SECONDS
            if not await context.services.ledger(renew, context.id, until):
                context.services.call_off()
