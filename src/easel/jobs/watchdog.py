"""See that something becomes of requests that were put off, whatever was interrupted."""

from easel.errors import QueueError
from easel.generation.lifecycle.begin import QUEUED_SECONDS
from easel.generation.lifecycle.messages import send
from easel.generation.lifecycle.recovery import settle_lost
from easel.ledger.background import find_background, find_unclaimed
from easel.ledger.records import BackgroundRequest
from easel.ledger.requests import renew
from easel.services import Services

# Of those that nobody asks after, so many are offered again at a time.
_MOST_UNCLAIMED = 100


async def watch(request: BackgroundRequest, services: Services) -> BackgroundRequest:
    """See that something becomes of a request.

    One that is queued for so long that its message may be lost is offered again, which does no harm
    if it was not. One that was interrupted ends with what is found of it.

    Returns:
        The request as it stands now.

    Raises:
        StorageError: the bucket failed.
        LedgerError: the ledger cannot be reached.
    """
    if request.ended is not None or request.is_alive:
        return request
    opened, now = request.request, services.now().timestamp()
    if request.state == "queued":
        await _offer_again(opened.id, services)
        return request
    await settle_lost(opened, services)
    return await services.ledger(find_background, opened.owner, opened.id, now) or request


async def _offer_again(name: str, services: Services) -> None:
    """Send the message of a request that is queued once more."""
    await services.ledger(renew, name, services.now().timestamp() + QUEUED_SECONDS)
    try:
        await send("carry_out", name, services)
    except QueueError as error:
        services.log(f"{name} stays queued: {error!r}")


async def offer_unclaimed(services: Services) -> int:
    """Offer those again that nobody has taken up or asked after; tells how many.

    Raises:
        LedgerError: the ledger cannot be reached.
    """
    now = services.now().timestamp()
    names = await services.ledger(find_unclaimed, now, _MOST_UNCLAIMED)
    for name in names:
        await _offer_again(name, services)
    return len(names)
