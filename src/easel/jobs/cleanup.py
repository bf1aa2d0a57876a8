"""Clear up from time to time: what has expired, what is kept no longer, what was interrupted.

Each step is bounded, so that a run ends in time, and remembers nothing: what it does not come to,
the next run finds where it was.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from easel.errors import EaselError
from easel.generation.lifecycle.recovery import settle_lost
from easel.jobs.watchdog import offer_unclaimed
from easel.ledger.history import forget_older
from easel.ledger.idempotency import KEPT_SECONDS
from easel.ledger.requests import find_lost, forget_answers
from easel.library.keys import KEY
from easel.library.retention import expired_before
from easel.middleware import observe
from easel.observability.request_log import describe_bug
from easel.services import Services

# Of objects or records at a time, and how many times in a run.
_PAGE = 1000
_MOST_PAGES = 10

# Whoever asks again for a request that was lost, and whoever has put it off, settles it sooner.
_LOST_SECONDS = 600.0
_MOST_LOST = 20

# Work that was put off is done or given up long before.
_INPUTS_KEPT = timedelta(days=2)
_INPUTS = "background/"


async def clean_up(services: Services) -> None:
    """Clear up. A step that fails keeps no other from being taken; the log has a line of it all."""
    observed = observe(services)
    services = observed.services
    request_log = services.request_log
    request_log.tell({"task": "tidy"})
    for name, step in _STEPS.items():
        try:
            request_log.tell({name: await step(services)})
        except EaselError as error:
            services.log(f"{name}: {error.code}: {error.message}")
        except Exception as error:  # noqa: BLE001 - a bug in one step, which the log tells of
            services.log(f"{name}: {describe_bug(error, request_log)}")
    observed.write(request_log.line())


async def _delete_images(services: Services) -> int:
    """Delete images that have expired, the oldest first.

    Their keys are ordered by the day on which their requests began, and within a day by chance. So
    all images of days before the one that is expiring go, but for those that took until after
    midnight; of that day itself, some go and some stay among them; and what comes after it is
    younger. The listing goes on past those that stay, and ends with that day. A run that ends
    earlier has deleted what it saw, and the next one begins with the oldest that are left; only
    those of the expiring day that stay are seen again, and they have expired a day later.
    """
    before = expired_before(services)
    if before is None:
        return 0
    # A tilde comes after the slash that ends the day in a key.
    last = f"images/{before:%Y-%m-%d}~"
    return await _delete_older("images/", before, last, services)


async def _delete_inputs(services: Services) -> int:
    """Delete images that were kept for work that was put off, and were left behind."""
    return await _delete_older(_INPUTS, services.now() - _INPUTS_KEPT, None, services)


async def _delete_older(prefix: str, before: datetime, last: str | None, services: Services) -> int:
    """Delete objects that were stored before a time.

    Args:
        prefix: of their keys.
        before: the time.
        last: no key after this one is of an older object; None where that cannot be told.
        services: with the bucket.
    """
    deleted, after = 0, ""
    for _ in range(_MOST_PAGES):
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
    """Whether easel has stored an object; the bucket may hold others."""
    return key.startswith(_INPUTS) or KEY.fullmatch(key) is not None


async def _forget_records(services: Services) -> int:
    """Forget what is on record of images that have expired."""
    before = expired_before(services)
    forgotten = 0
    if before is None:
        return forgotten
    for _ in range(_MOST_PAGES):
        count = await services.ledger(forget_older, before.timestamp(), _PAGE)
        forgotten += count
        if count < _PAGE:
            break
    return forgotten


async def _settle_lost(services: Services) -> int:
    """End requests that were interrupted and that nobody has asked for again."""
    settled = 0
    lost = await services.ledger(find_lost, services.now().timestamp() - _LOST_SECONDS, _MOST_LOST)
    for request in lost:
        try:
            await settle_lost(request, services)
            settled += 1
        except EaselError as error:
            services.log(f"{request.id} was not settled: {error.code}: {error.message}")
    return settled


async def _forget_answers(services: Services) -> None:
    """Forget answers that nobody is told again any more."""
    await services.ledger(forget_answers, services.now().timestamp() - KEPT_SECONDS)


# By the name under which the log tells how many it were.
_STEPS: Mapping[str, Callable[[Services], Awaitable[int | None]]] = {
    "images_deleted": _delete_images,
    "records_forgotten": _forget_records,
    "requests_settled": _settle_lost,
    "requests_offered": offer_unclaimed,
    "answers_forgotten": _forget_answers,
    "inputs_deleted": _delete_inputs,
}
