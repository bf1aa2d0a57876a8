"""By what a request is known again: a name that the caller gives it, or its client's retries."""

from collections.abc import Awaitable, Callable

from easel.errors import InvalidValueError
from easel.http import Request
from easel.ledger.messages import Repeat

_HEADER = "idempotency-key"
_LONGEST = 255

# The OpenAI SDKs name no request by default, but tell how many times they have tried before.
# https://github.com/openai/openai-python/blob/main/src/openai/_base_client.py
_RETRIES = "x-stainless-retry-count"


async def read_repeat(request: Request, fingerprint: Callable[[], Awaitable[str]]) -> Repeat | None:
    """How a request may be known again; None where it may not.

    Args:
        request: with its headers.
        fingerprint: takes the fingerprint of what it asks for, which is work if that is long.

    Raises:
        InvalidValueError: the caller's name for it is empty or too long.
    """
    name = request.headers.get(_HEADER)
    if name is not None:
        if not 1 <= len(name.strip()) <= _LONGEST:
            raise InvalidValueError(
                f"The header 'Idempotency-Key' must have 1 to {_LONGEST} characters.",
                param="Idempotency-Key",
            )
        return Repeat(f"named {name.strip()}", await fingerprint(), is_named=True)
    retries = request.headers.get(_RETRIES, "")
    if not (retries.isascii() and retries.isdecimal() and len(retries) <= 3):
        return None
    alike = await fingerprint()
    return Repeat(f"alike {alike}", alike, is_named=False, retries=int(retries))
