"""The URLs of stored images: lasting ones, or signed ones where images are private."""

import hmac
from dataclasses import replace
from hashlib import sha256
from urllib.parse import parse_qsl, unquote, urlencode

from easel.errors import ForbiddenError
from easel.ledger.upkeep import keep_secret
from easel.platform.http import Request
from easel.services import Services
from easel.settings.settings import Settings

# The name of the secret.
_LINKS = "links"


async def image_url(key: str, base_url: str, settings: Settings, services: Services) -> str:
    """Where an image can be fetched, by whoever has the URL.

    Args:
        key: where it lies in the bucket.
        base_url: where images are served, without a trailing slash.
        settings: whether images are private, and for how long a URL is good then.
        services: knows the time and the secret.
    """
    url = f"{base_url}/{key}"
    if not settings.private_images:
        return url
    expires = int(services.now().timestamp() + settings.signed_url_seconds)
    return f"{url}?expires={expires}&signature={_sign(key, expires, await _secret(services))}"


async def seconds_left(key: str, expires: str, signature: str, services: Services) -> float:
    """For how long a signed URL is still good; 0 where it is not, or never was.

    Args:
        key: of the image.
        expires: what the URL says, a Unix time.
        signature: what it is signed with.
        services: knows the time and the secret.
    """
    if not (expires.isascii() and expires.isdecimal() and len(expires) < 12):
        return 0.0
    expected = _sign(key, int(expires), await _secret(services))
    # As bytes: what is no ASCII cannot be compared as text.
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        return 0.0
    return max(0.0, int(expires) - services.now().timestamp())


def _sign(key: str, expires: int, secret: str) -> str:
    return hmac.new(bytes.fromhex(secret), f"{key}\n{expires}".encode(), sha256).hexdigest()


async def _secret(services: Services) -> str:
    """What URLs are signed with: chosen by chance when it is first needed, and kept."""
    known = services.secrets.get(_LINKS)
    if known is None:
        known = await services.ledger(keep_secret, _LINKS, services.random_bytes(32).hex())
        services.secrets[_LINKS] = known
    return known


async def open_link(request: Request, services: Services) -> tuple[Request, float | None]:
    """Read a URL of an image without its signature.

    Returns:
        The request as if nobody had signed it, and for how many seconds its URL is good; None for
        ever.

    Raises:
        ForbiddenError: images are private, and the URL was not signed here or has expired.
    """
    query = parse_qsl(request.query, keep_blank_values=True)
    signed = dict(query)
    is_signed = {"expires", "signature"} <= signed.keys()
    if is_signed:
        rest = [(name, value) for name, value in query if name not in ("expires", "signature")]
        opened = replace(request, query=urlencode(rest))
    else:
        opened = request
    if not services.settings().private_images:
        return opened, None
    key = unquote(request.path).removeprefix("/")
    left = 0.0
    if is_signed:
        left = await seconds_left(key, signed["expires"], signed["signature"], services)
    if left <= 0:
        raise ForbiddenError(
            "This image is private: its URL must be signed, and this one is not, or no longer. "
            "Whoever had it made finds a fresh one with GET /v1/images."
        )
    return opened, left
