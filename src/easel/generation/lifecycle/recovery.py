"""Find what became of a request that was begun and never ended."""

from datetime import UTC, datetime

from easel.errors import EaselError, OutcomeUnknownError
from easel.generation.answers.result import GenerationResult, found_answer
from easel.generation.answers.stored import read_answer, write_answer, write_error
from easel.generation.execution.context import Context
from easel.generation.lifecycle.follow_up import do_follow_up
from easel.generation.lifecycle.history import record_of_found
from easel.ledger.messages import End
from easel.ledger.records import ImageRecord, Open, Spent
from easel.ledger.requests import end
from easel.library.keys import image_id, image_key
from easel.services import Services


async def recover(request: Open, context: Context) -> GenerationResult:
    """The answer to a request that was interrupted, as far as it can be found.

    Raises:
        OutcomeUnknownError: no image of it is stored. It may have been paid for all the same, so
            it is not carried out again.
    """
    return read_answer(await settle_lost(request, context.services))


async def settle_lost(request: Open, services: Services) -> str:
    """Find the images of a request that was interrupted, and end it with what is found.

    What it may have cost counts as spent. Where it has ended meanwhile, that stands.

    Returns:
        The answer or the error that is kept of it.

    Raises:
        StorageError: the bucket failed.
        LedgerError: the ledger cannot be reached.
    """
    found = await _find_images(request, services)
    now = services.now().timestamp()
    missing = max(0, request.images - len(found))
    kept = write_answer(found_answer(found, missing, now)) if found else write_error(_unknown())
    spent = Spent(
        request.provider,
        request.model,
        requests=1,
        images=len(found),
        errors=missing,
        nanodollars=request.nanodollars,
        unpriced=request.unpriced,
        counted=request.counted,
    )
    told = End(
        id=request.id,
        owner=request.owner,
        started=request.started,
        now=now,
        state="completed" if found else "failed",
        spent=(spent,),
        images=tuple(found),
        answer=kept,
        is_guess=True,
    )
    ended = await services.ledger(end, told)
    await do_follow_up(request.id, ended.follow_up, services)
    return kept


async def _find_images(request: Open, services: Services) -> list[ImageRecord]:
    started = datetime.fromtimestamp(request.started, UTC)
    found: list[ImageRecord] = []
    # Images of a model that took over have later places; names that were given to images that
    # could not be kept leave gaps.
    for index in range(2 * request.images + 2):
        prefix = image_key(started, image_id(request.stem, index), "")
        listed = await services.bucket.list(prefix, 1, with_metadata=True)
        found += [record_of_found(one, request) for one in listed]
    return found[: request.images]


def _unknown() -> EaselError:
    return OutcomeUnknownError(
        "The server was interrupted while it carried out this request, and no image of it is "
        "stored. It may have been paid for, so it is not carried out again under this name."
    )
