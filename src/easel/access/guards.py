"""Let a request pass, or refuse it: who calls, whether they may, and whether too often."""

from collections.abc import Callable
from typing import Protocol

from easel.access.authentication import Caller, identify, prefixes, require_admin
from easel.access.origin import check_origin
from easel.access.rate_limit import IsWithinRate, RateLimit, check_rate
from easel.errors import ForbiddenError
from easel.observability.request_log import RequestLog
from easel.platform.http import Request
from easel.providers.custom import providers_with
from easel.settings.api_keys import ANONYMOUS
from easel.settings.settings import Settings


class Guarded(Protocol):
    """The services that a guard uses."""

    @property
    def settings(self) -> Callable[[], Settings]:
        """The owner's settings."""
        ...

    @property
    def request_log(self) -> RequestLog:
        """The log of the request."""
        ...

    @property
    def is_within_rate(self) -> IsWithinRate:
        """Counts the request against a rate limit."""
        ...


async def admit(request: Request, services: Guarded, limit: RateLimit = "requests") -> Caller:
    """Authenticate a request, and count it against a rate limit.

    Raises:
        NotAuthorizedError: the key or token is missing or wrong.
        ForbiddenError: there are no keys, and a foreign web page asks.
        TooFastError: there were too many requests.
    """
    settings = services.settings()
    providers = providers_with(settings.channels).items()
    # A token for what takes none, such as Workers AI, opens nothing.
    takers = [name for name, provider in providers if provider.secrets]
    caller = identify(request.headers, settings, prefixes(takers))
    if caller.name == ANONYMOUS:
        check_origin(request, settings.public_base_url)
    services.request_log.tell({"key": caller.name})
    services.request_log.hidden += [token for tokens in caller.tokens.values() for token in tokens]
    await check_rate(caller, request.headers, limit, services.is_within_rate)
    return caller


async def admit_holder(request: Request, services: Guarded) -> Caller:
    """The same for routes that show what belongs to one key; callers without a key have none.

    Raises:
        ForbiddenError: the server has no keys, so it cannot tell whose images are whose.
    """
    caller = await admit(request, services)
    if caller.name == ANONYMOUS and not caller.is_admin:
        raise ForbiddenError(
            "This server has no keys, so it cannot tell whose images are whose and lists none. Its "
            "owner sets keys with 'npx wrangler secret put EASEL_API_KEYS'."
        )
    return caller


async def admit_admin(request: Request, services: Guarded) -> Caller:
    """The same for routes of admins.

    Raises:
        ForbiddenError: the key is no admin's.
    """
    caller = await admit(request, services)
    require_admin(caller)
    return caller
