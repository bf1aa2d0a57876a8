"""Read how a request may be recognised: its idempotency key, or its client's count of retries."""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256

from easel.errors import InvalidValueError
from easel.ledger.messages import Idempotency
from easel.platform.http import Request

_HEADER = "idempotency-key"
_LONGEST = 255

# The OpenAI SDKs name no request by default, but tell how many times they have tried before.
# https://github.com/openai/openai-python/blob/main/src/openai/_base_client.py
_RETRIES = "x-stainless-retry-count"

# Cloudflare's edge gives each request an id, and aborts its signal when the client leaves.
# https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-ray
_EDGE = "cf-ray"

_CLIENT = ("cf-connecting-ip", "user-agent")


async def read_idempotency(
    request: Request, fingerprint: Callable[[], Awaitable[str]], now: float
) -> Idempotency | None:
    """How a request may be recognised when it is made again; None where it may not.

    Args:
        request: with its headers.
        fingerprint: takes the fingerprint of what it asks for, which is work if that is long.
        now: when the request came, as a Unix time.

    Raises:
        InvalidValueError: the idempotency key is empty or too long.
    """
    name = request.headers.get(_HEADER)
    if name is not None:
        if not 1 <= len(name.strip()) <= _LONGEST:
            raise InvalidValueError(
                f"The header 'Idempotency-Key' must have 1 to {_LONGEST} characters.",
                param="Idempotency-Key",
            )
        return Idempotency(f"named {name.strip()}", await fingerprint(), is_named=True)
    retries = request.headers.get(_RETRIES, "")
    if not (retries.isascii() and retries.isdecimal() and len(retries) <= 3):
        return None
    alike = await fingerprint()
    return Idempotency(
        f"alike {alike}",
        alike,
        is_named=False,
        retries=int(retries),
        client=_client(request.headers),
        is_watched=_EDGE in request.headers,
        arrived=now,
    )


def _client(headers: Mapping[str, str]) -> str:
    """A fingerprint of the client: good enough to prefer its own requests to those of others."""
    shown = "\n".join(headers.get(name, "") for name in _CLIENT)
    return sha256(shown.encode("utf-8", "surrogatepass")).hexdigest()[:16]
