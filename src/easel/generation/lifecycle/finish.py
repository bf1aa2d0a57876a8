"""Tell the ledger how a request ended: what it cost, what it made, what is answered to it."""

from typing import Literal

from easel.errors import (
    CalledOffError,
    ClientLeftError,
    EaselError,
    LedgerError,
    OutcomeUnknownError,
)
from easel.generation.answers.result import GenerationResult, makers
from easel.generation.answers.stored import write_answer, write_error
from easel.generation.execution.batch import Outcome
from easel.generation.execution.context import Context
from easel.generation.execution.spending import by_model
from easel.generation.lifecycle.follow_up import do_follow_up
from easel.generation.lifecycle.history import record_of
from easel.generation.planning.request import PlannedRequest
from easel.ledger.messages import End, Ended
from easel.ledger.records import Spent
from easel.ledger.requests import end


def called_off(*, billed: bool) -> CalledOffError:
    """What is told of a request that its caller called off."""
    return CalledOffError("The request was cancelled before an image was made.", billed=billed)


async def end_request(
    planned: PlannedRequest,
    outcome: Outcome,
    answer: GenerationResult | None,
    error: EaselError | None,
    context: Context,
) -> Ended:
    """Tell the ledger; what was made is delivered even if it cannot be reached."""
    kept, state = None, _state(answer, error)
    if answer is not None:
        kept = write_answer(answer)
    elif error is not None and (error.billed or planned.is_background):
        kept = write_error(_for_who_asks_again(error))
    # The request is counted for the model that it came to.
    card = makers(outcome, planned)[-1].card
    request_id = str(context.services.request_log.facts.get("request_id", ""))
    records = (record_of(one, context.caller.name, request_id) for one in outcome.made)
    told = End(
        id=context.id,
        owner=context.caller.name,
        started=context.started.timestamp(),
        now=context.now(),
        state=state,
        spent=by_model(Spent(card.provider, card.id, requests=1), *outcome.spent),
        images=tuple(record for record in records if record is not None),
        answer=kept,
        is_left=not planned.is_background and context.services.client_left(),
    )
    context.services.request_log.tell(
        {
            "model": card.id,
            "provider": card.provider,
            "attempts": context.attempts,
            "images": len(outcome.made),
            "bytes": sum(one.content.size for one in outcome.made),
        }
    )
    try:
        ended = await context.services.ledger(end, told)
    except LedgerError as failure:
        context.services.log(f"the ledger was not told of the end of a request: {failure!r}")
        return Ended()
    await do_follow_up(context.id, ended.follow_up, context.services)
    return ended


def _for_who_asks_again(error: EaselError) -> EaselError:
    """An error as it is told later: whoever asks again has not left."""
    if not isinstance(error, ClientLeftError):
        return error
    return OutcomeUnknownError(
        "The connection was lost before the image was finished, so it was given up. It may have "
        "been paid for, so it is not made again under this name."
    )


def _state(
    answer: GenerationResult | None, error: EaselError | None
) -> Literal["completed", "failed", "cancelled"]:
    if answer is not None:
        return "completed"
    return "cancelled" if isinstance(error, CalledOffError) else "failed"
