"""Count what a key, or an address, asks for against the Worker's rate limits.

https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from easel.access.authentication import Caller
from easel.errors import TooFastError
from easel.settings.api_keys import ANONYMOUS, CALLER_PREFIX

# Questions about jobs are counted apart: they cost less than other requests and come more often.
RateLimit = Literal["requests", "lookups"]

# Counts a request of somebody against a limit, and tells whether it lies within it.
IsWithinRate = Callable[[str, RateLimit], Awaitable[bool]]

# Cloudflare sets it, whatever a client sends.
# https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-connecting-ip
_ADDRESS = "cf-connecting-ip"

# The binding does not say when the next request may come; its period does.
_SECONDS = 60.0


async def check_rate(
    caller: Caller, headers: Mapping[str, str], limit: RateLimit, is_within_rate: IsWithinRate
) -> None:
    """Count a request of a key, or of an address where callers have none.

    Raises:
        TooFastError: there were too many of them within a minute.
    """
    who = f"key {caller.name}"
    if caller.name == ANONYMOUS or caller.name.startswith(CALLER_PREFIX):
        who = f"address {headers.get(_ADDRESS, '')}"
    if not await is_within_rate(who, limit):
        raise TooFastError("Too many requests. Try again in a minute.", retry_after=_SECONDS)
