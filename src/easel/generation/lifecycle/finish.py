"""End a request in the ledger: its cost, its images and its result or error."""

from typing import Literal

from easel.errors import (
    ClientDisconnectedError,
    EaselError,
    JobCancelledError,
    LedgerError,
    OutcomeUnknownError,
)
from easel.generation.answers.result import GenerationResult, plans_used
from easel.generation.answers.stored import write_error, write_result
from easel.generation.execution.batch import Outcome
from easel.generation.execution.context import Context
from easel.generation.execution.spending import by_model
from easel.generation.lifecycle.follow_up import run_follow_up
from easel.generation.lifecycle.history import record_of
from easel.generation.planning.request import PlannedRequest
from easel.ledger.messages import End, Ended
from easel.ledger.records import ModelUsage
from easel.ledger.requests import end


def cancelled_error(*, billed: bool) -> JobCancelledError:
    """The error of a job that its caller cancelled."""
    return JobCancelledError("The job was cancelled before an image was generated.", billed=billed)


async def end_request(
    planned: PlannedRequest,
    outcome: Outcome,
    answer: GenerationResult | EaselError,
    context: Context,
) -> Ended:
    """End a request in the ledger; the images are delivered even if the ledger cannot be reached.

    Args:
        planned: the request.
        outcome: the images that were generated for it, and the failures.
        answer: its result, or its error.
        context: its context.
    """
    # The request counts for the last model that produced an image.
    card = plans_used(outcome, planned)[-1].card
    request_id = str(context.services.request_log.facts.get("request_id", ""))
    records = (record_of(artifact, context.caller.name, request_id) for artifact in outcome.made)
    message = End(
        id=context.id,
        owner=context.caller.name,
        started=context.started.timestamp(),
        now=context.now(),
        state=_state(answer),
        spent=by_model(ModelUsage(card.provider, card.id, requests=1), *outcome.spent),
        images=tuple(record for record in records if record is not None),
        answer=_write(answer, planned),
        is_left=not planned.is_background and context.services.client_left(),
    )
    context.services.request_log.tell(
        {
            "model": card.id,
            "provider": card.provider,
            "attempts": context.attempts,
            "images": len(outcome.made),
            "bytes": sum(artifact.content.size for artifact in outcome.made),
        }
    )
    try:
        ended = await context.services.ledger(end, message)
    except LedgerError as error:
        context.services.log(f"could not record the end of a request in the ledger: {error!r}")
        return Ended()
    await run_follow_up(context.id, ended.follow_up, context.services)
    return ended


def _write(answer: GenerationResult | EaselError, planned: PlannedRequest) -> str | None:
    """The stored form of a result or an error; None for an error after which a retry is free."""
    if isinstance(answer, GenerationResult):
        return write_result(answer)
    if answer.billed or planned.is_background:
        return write_error(_for_repetitions(answer))
    return None


def _for_repetitions(error: EaselError) -> EaselError:
    """The error that repeated requests receive; their client is connected."""
    if not isinstance(error, ClientDisconnectedError):
        return error
    return OutcomeUnknownError(
        "The connection was lost before the image was finished, and the request was cancelled. The "
        "provider may have charged for the image, so a repetition of the request does not generate "
        "it again."
    )


def _state(
    answer: GenerationResult | EaselError,
) -> Literal["completed", "failed", "cancelled"]:
    if isinstance(answer, GenerationResult):
        return "completed"
    return "cancelled" if isinstance(answer, JobCancelledError) else "failed"
