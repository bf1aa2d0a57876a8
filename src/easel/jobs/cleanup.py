"""The hourly clean-up: expired images, old records, interrupted requests and unclaimed jobs.

Every step is bounded, so that a run ends in time, and keeps no state: the next run continues with
the work that is left.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from easel.errors import EaselError
from easel.generation.lifecycle.recovery import settle_interrupted
from easel.jobs.watchdog import requeue_unclaimed
from easel.ledger.history import forget_older
from easel.ledger.requests import find_lost, forget_answers
from easel.library.keys import KEY
from easel.library.retention import expired_before
from easel.limits import ANSWER_KEPT_SECONDS, INTERRUPTED_SECONDS
from easel.middleware import observe
from easel.observability.request_log import describe_bug
from easel.services import Services

# The objects or records of one page, and the most pages of one run.
_PAGE = 1000
_MAX_PAGES = 10

_MAX_LOST = 20

# Every job has ended long before its input images are this old.
_INPUTS_RETENTION = timedelta(days=2)
_INPUTS = "background/"


async def clean_up(services: Services) -> None:
    """Run every step, even if one fails, and write one line to the log."""
    observed = observe(services)
    services = observed.services
    request_log = services.request_log
    request_log.tell({"event": "clean_up"})
    for name, step in _STEPS.items():
        try:
            request_log.tell({name: await step(services)})
        except EaselError as error:
            services.log(f"{name}: {error.code}: {error.message}")
        except Exception as error:  # noqa: BLE001 - a bug in one step must not stop the others
            services.log(f"{name}: {describe_bug(error, request_log)}")
    observed.write(request_log.line())


async def _delete_images(services: Services) -> int:
    """Delete images that have expired, the oldest first.

    Keys sort by the day on which their requests began, and randomly within a day. Of the days
    before the one that is expiring, all images have expired, except for those stored after
    midnight. Of the expiring day itself, some images have expired. All later keys are younger. So
    the listing skips images that have not expired, and ends with the expiring day. A run that ends
    early has deleted the expired images that it listed, and the next run begins with the oldest
    that are left. It lists images of the expiring day again, until they have expired a day later.
    """
    before = expired_before(services)
    if before is None:
        return 0
    # A tilde sorts after the slash that ends the day in a key.
    last = f"images/{before:%Y-%m-%d}~"
    return await _delete_older("images/", before, last, services)


async def _delete_inputs(services: Services) -> int:
    """Delete input images of jobs that were not deleted when the job ended."""
    return await _delete_older(_INPUTS, services.now() - _INPUTS_RETENTION, None, services)


async def _delete_older(prefix: str, before: datetime, last: str | None, services: Services) -> int:
    """Delete objects that were stored before a time, and return how many.

    Args:
        prefix: of the keys.
        before: the time.
        last: every object with a later key is younger; None if keys do not sort by time.
        services: with the bucket.
    """
    deleted, after = 0, ""
    for _ in range(_MAX_PAGES):
        page = await services.bucket.list(prefix, _PAGE, after)
        old = [one.key for one in page if one.uploaded < before and _is_ours(one.key)]
        if old:
            await services.bucket.delete(old)
        deleted += len(old)
        if not page or (last is not None and page[-1].key > last):
            break
        after = page[-1].key
    return deleted


def _is_ours(key: str) -> bool:
    """Whether easel stored the object; the bucket may contain other objects."""
    return key.startswith(_INPUTS) or KEY.fullmatch(key) is not None


async def _delete_records(services: Services) -> int:
    """Delete the records of images that have expired, and return how many."""
    before = expired_before(services)
    deleted = 0
    if before is None:
        return deleted
    for _ in range(_MAX_PAGES):
        count = await services.ledger(forget_older, before.timestamp(), _PAGE)
        deleted += count
        if count < _PAGE:
            break
    return deleted


async def _settle_lost(services: Services) -> int:
    """Settle interrupted requests, and return how many."""
    settled = 0
    lost = await services.ledger(
        find_lost, services.now().timestamp() - INTERRUPTED_SECONDS, _MAX_LOST
    )
    for request in lost:
        try:
            await settle_interrupted(request, services)
            settled += 1
        except EaselError as error:
            services.log(f"{request.id} was not settled: {error.code}: {error.message}")
    return settled


async def _delete_answers(services: Services) -> None:
    """Delete stored answers whose idempotency keys have expired."""
    await services.ledger(forget_answers, services.now().timestamp() - ANSWER_KEPT_SECONDS)


# By the log's name for the number that the step returns.
_STEPS: Mapping[str, Callable[[Services], Awaitable[int | None]]] = {
    "images_deleted": _delete_images,
    "records_deleted": _delete_records,
    "requests_settled": _settle_lost,
    "jobs_requeued": requeue_unclaimed,
    "answers_deleted": _delete_answers,
    "inputs_deleted": _delete_inputs,
}
