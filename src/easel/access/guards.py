"""The checks before a route: authentication, permission, origin and rate limit."""

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
    """The services that the checks use."""

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


async def authenticate(
    request: Request, services: Guarded, limit: RateLimit = "requests"
) -> Caller:
    """Authenticate a request and count it against a rate limit.

    Raises:
        NotAuthorizedError: the key or token is missing or wrong.
        ForbiddenError: there are no keys, and the request comes from another site's page.
        TooManyRequestsError: the rate limit is exceeded.
    """
    settings = services.settings()
    providers = providers_with(settings.channels).items()
    # A provider without credentials, such as Workers AI, cannot check a token.
    takers = [name for name, provider in providers if provider.secrets]
    caller = identify(request.headers, settings, prefixes(takers))
    if caller.name == ANONYMOUS:
        check_origin(request, settings.public_base_url)
    services.request_log.tell({"key": caller.name})
    services.request_log.hidden += [token for tokens in caller.tokens.values() for token in tokens]
    await check_rate(caller, request.headers, limit, services.is_within_rate)
    return caller


async def authenticate_holder(request: Request, services: Guarded) -> Caller:
    """Authenticate a request for a route that shows the images of one key.

    Raises:
        ForbiddenError: the server has no keys, so images have no owner.
    """
    caller = await authenticate(request, services)
    if caller.name == ANONYMOUS and not caller.is_admin:
        raise ForbiddenError(
            "This server has no API keys, so it cannot show the images of one caller. Its owner "
            "sets keys with 'npx wrangler secret put EASEL_API_KEYS'."
        )
    return caller


async def authenticate_admin(request: Request, services: Guarded) -> Caller:
    """Authenticate a request for a route that requires an admin key.

    Raises:
        ForbiddenError: the key is not an admin key.
    """
    caller = await authenticate(request, services)
    require_admin(caller)
    return caller
