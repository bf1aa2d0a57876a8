"""Read how a repeated request is recognised: by its idempotency key or its SDK's retry count."""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256

from easel.errors import InvalidValueError
from easel.ledger.messages import Idempotency
from easel.platform.http import Request

_HEADER = "idempotency-key"
_MAX_LENGTH = 255

# The OpenAI SDKs send no idempotency key by default, but the number of retries so far.
# https://github.com/openai/openai-python/blob/main/src/openai/_base_client.py
_RETRIES = "x-stainless-retry-count"

# Cloudflare's edge gives each request an id, and aborts its signal when the client leaves.
# https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-ray
_EDGE = "cf-ray"

_CLIENT = ("cf-connecting-ip", "user-agent")


async def read_idempotency(
    request: Request, fingerprint: Callable[[], Awaitable[str]], now: float
) -> Idempotency | None:
    """How a repetition of a request is recognised; None where it is not.

    Args:
        request: the request.
        fingerprint: computes the fingerprint of its content, which takes time for a long one.
        now: when the request arrived, as a Unix time.

    Raises:
        InvalidValueError: the idempotency key is empty or too long.
    """
    key = request.headers.get(_HEADER)
    if key is not None:
        if not 1 <= len(key.strip()) <= _MAX_LENGTH:
            raise InvalidValueError(
                f"The header 'Idempotency-Key' must have 1 to {_MAX_LENGTH} characters.",
                param="Idempotency-Key",
            )
        return Idempotency(f"named {key.strip()}", await fingerprint(), is_named=True)
    retries = request.headers.get(_RETRIES, "")
    if not (retries.isascii() and retries.isdecimal() and len(retries) <= 3):
        return None
    content = await fingerprint()
    return Idempotency(
        f"alike {content}",
        content,
        is_named=False,
        retries=int(retries),
        client=_client(request.headers),
        is_watched=_EDGE in request.headers,
        arrived=now,
    )


def _client(headers: Mapping[str, str]) -> str:
    """A fingerprint of the client, to prefer its own requests to equal ones of other clients."""
    values = "\n".join(headers.get(name, "") for name in _CLIENT)
    return sha256(values.encode("utf-8", "surrogatepass")).hexdigest()[:16]
