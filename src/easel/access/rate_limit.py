"""Count the requests of a key or an address against the Worker's rate limits.

https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from easel.access.authentication import Caller
from easel.errors import TooManyRequestsError
from easel.limits import RATE_LIMIT_PERIOD_SECONDS
from easel.settings.api_keys import ANONYMOUS, CALLER_PREFIX

# Lookups of jobs have their own limit: they cost less than other requests and are more frequent.
RateLimit = Literal["requests", "lookups"]

# Counts a request of a key or address against a limit; whether it is within the limit.
IsWithinRate = Callable[[str, RateLimit], Awaitable[bool]]

# Cloudflare sets this header and overwrites a client's own.
# https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-connecting-ip
_ADDRESS = "cf-connecting-ip"


async def check_rate(
    caller: Caller, headers: Mapping[str, str], limit: RateLimit, is_within_rate: IsWithinRate
) -> None:
    """Count a request of a key, or of an address for callers without a key.

    Raises:
        TooManyRequestsError: the rate limit is exceeded.
    """
    subject = f"key {caller.name}"
    if caller.name == ANONYMOUS or caller.name.startswith(CALLER_PREFIX):
        subject = f"address {headers.get(_ADDRESS, '')}"
    if not await is_within_rate(subject, limit):
        raise TooManyRequestsError(
            "Too many requests. Try again in a minute.", retry_after=RATE_LIMIT_PERIOD_SECONDS
        )
