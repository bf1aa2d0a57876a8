"""Who calls, whether they may, and whether they do so too often."""

from easel.access.authentication import Payer, identify, prefixes, require_admin
from easel.access.origin import check_origin
from easel.errors import ForbiddenError, TooFastError
from easel.platform.http import Request
from easel.providers.custom import providers_with
from easel.services import RateLimit, World
from easel.settings.api_keys import ANONYMOUS, CALLER_PREFIX

# Cloudflare sets it, whatever a client sends.
# https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-connecting-ip
_ADDRESS = "cf-connecting-ip"

# The binding does not say when the next one may come; its period does.
_RATE_SECONDS = 60.0


async def admit(request: Request, world: World, limit: RateLimit = "requests") -> Payer:
    """Find out who pays for a request, and count it against their rate.

    Args:
        request: as it came.
        world: knows who may.
        limit: the rate limit that it counts against.

    Raises:
        NotAuthorizedError: nobody who may.
        ForbiddenError: there are no keys, and a foreign web page asks.
        TooFastError: they have asked too often.
    """
    settings = world.settings()
    providers = providers_with(settings.channels).items()
    # A token for what takes none, such as Workers AI, opens nothing.
    takers = [name for name, provider in providers if provider.secrets]
    payer = identify(request.headers, settings, prefixes(takers))
    if payer.name == ANONYMOUS:
        check_origin(request, settings.public_base_url)
    journal = world.journal
    journal.tell({"key": payer.name})
    journal.hidden += [token for tokens in payer.tokens.values() for token in tokens]
    if not await world.is_within_rate(_counted_as(payer, request), limit):
        raise TooFastError("Too many requests. Try again in a minute.", retry_after=_RATE_SECONDS)
    return payer


async def admit_holder(request: Request, world: World) -> Payer:
    """The same for what is kept for each key: strangers are all one, and see nothing of another.

    Raises:
        ForbiddenError: anybody may ask, so nobody can be told whose images are whose.
    """
    payer = await admit(request, world)
    if payer.name == ANONYMOUS and not payer.is_admin:
        raise ForbiddenError(
            "Images are listed for whoever had them made, which nobody can tell here: this server "
            "has no keys. Its owner sets them with 'npx wrangler secret put EASEL_API_KEYS'."
        )
    return payer


async def admit_admin(request: Request, world: World) -> Payer:
    """The same for what only an admin may do.

    Raises:
        ForbiddenError: somebody else asks.
    """
    payer = await admit(request, world)
    require_admin(payer)
    return payer


def _counted_as(payer: Payer, request: Request) -> str:
    if payer.name == ANONYMOUS or payer.name.startswith(CALLER_PREFIX):
        return f"address {request.headers.get(_ADDRESS, '')}"
    return f"key {payer.name}"
