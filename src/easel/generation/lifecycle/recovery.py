"""End requests that were interrupted, with those of their images that are in the bucket."""

from datetime import UTC, datetime

from easel.errors import EaselError, OutcomeUnknownError
from easel.generation.answers.result import GenerationResult, recovered_result
from easel.generation.answers.stored import write_error, write_result
from easel.generation.execution.context import Context
from easel.generation.lifecycle.follow_up import run_follow_up
from easel.generation.lifecycle.history import record_of_found
from easel.ledger.messages import End
from easel.ledger.records import ImageRecord, ModelUsage, OpenRequest
from easel.ledger.requests import end
from easel.library.keys import image_id, image_key
from easel.services import Services


async def recover(request: OpenRequest, context: Context) -> GenerationResult:
    """The result of an interrupted request.

    Raises:
        OutcomeUnknownError: none of its images is stored. The provider may have charged for them,
            so they are not generated again.
    """
    outcome = await settle_interrupted(request, context.services)
    if isinstance(outcome, EaselError):
        raise outcome
    return outcome


async def settle_interrupted(
    request: OpenRequest, services: Services
) -> GenerationResult | EaselError:
    """End an interrupted request with the images of it that are in the bucket.

    Everything that was held for it counts as spent. If it has ended meanwhile, its own end stands.

    Returns:
        The result; an `OutcomeUnknownError` where no image was found.

    Raises:
        StorageError: the bucket failed.
        LedgerError: the ledger cannot be reached.
    """
    found = await _find_images(request, services)
    now = services.now().timestamp()
    missing = max(0, request.images - len(found))
    result = recovered_result(found, missing, now) if found else None
    error = _outcome_unknown()
    spent = ModelUsage(
        request.provider,
        request.model,
        requests=1,
        images=len(found),
        errors=missing,
        nanodollars=request.nanodollars,
        unpriced=request.unpriced,
        counted=request.counted,
    )
    message = End(
        id=request.id,
        owner=request.owner,
        started=request.started,
        now=now,
        state="failed" if result is None else "completed",
        spent=(spent,),
        images=tuple(found),
        answer=write_error(error) if result is None else write_result(result),
        is_guess=True,
    )
    ended = await services.ledger(end, message)
    await run_follow_up(request.id, ended.follow_up, services)
    return error if result is None else result


async def _find_images(request: OpenRequest, services: Services) -> list[ImageRecord]:
    started = datetime.fromtimestamp(request.started, UTC)
    found: list[ImageRecord] = []
    # Images of a fallback model have later indexes, and images that could not be stored leave
    # gaps.
    for index in range(2 * request.images + 2):
        prefix = image_key(started, image_id(request.stem, index), "")
        listed = await services.bucket.list(prefix, 1, with_metadata=True)
        found += [record_of_found(one, request) for one in listed]
    return found[: request.images]


def _outcome_unknown() -> OutcomeUnknownError:
    return OutcomeUnknownError(
        "The server was interrupted while it carried out this request, and none of its images is "
        "stored. The provider may have charged for them, so a repetition of the request does not "
        "generate them again."
    )
