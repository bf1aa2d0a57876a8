"""URLs of stored images: permanent ones, or signed ones that expire if images are private."""

import hmac
from hashlib import sha256

from easel.errors import ForbiddenError
from easel.ledger.upkeep import get_or_create_secret
from easel.services import Services
from easel.settings.settings import Settings

# The ledger's name for the secret that signs URLs.
_LINKS = "links"


async def image_url(key: str, base_url: str, settings: Settings, services: Services) -> str:
    """Build the URL of an image; anyone who has the URL may fetch the image.

    Args:
        key: of the image's object in the bucket.
        base_url: of the URLs of images, without a trailing slash.
        settings: whether images are private, and how many seconds a signed URL is valid.
        services: with the clock and the secret.
    """
    url = f"{base_url}/{key}"
    if not settings.private_images:
        return url
    expires = int(services.now().timestamp() + settings.signed_url_seconds)
    return f"{url}?expires={expires}&signature={_sign(key, expires, await _secret(services))}"


async def check_url_access(
    key: str, expires: str | None, signature: str | None, services: Services
) -> float | None:
    """Check that the URL of an image may be used.

    Args:
        key: of the image's object in the bucket.
        expires: the Unix time in the URL; None if the URL is not signed.
        signature: in the URL; None if the URL is not signed.
        services: with the settings, the clock and the secret.

    Returns:
        The seconds for which the URL is still valid; None if images are public.

    Raises:
        ForbiddenError: images are private, and the URL is not signed by easel or has expired.
    """
    if not services.settings().private_images:
        return None
    left = 0.0
    if expires is not None and signature is not None:
        left = await _seconds_left(key, expires, signature, services)
    if left <= 0:
        raise ForbiddenError(
            "This image is private, and its URL has no valid signature or has expired. The key "
            "that made the image gets a new URL from GET /v1/images."
        )
    return left


async def _seconds_left(key: str, expires: str, signature: str, services: Services) -> float:
    """Return the seconds for which a signed URL is still valid; 0 if it is not valid."""
    if not (expires.isascii() and expires.isdecimal() and len(expires) < 12):
        return 0.0
    expected = _sign(key, int(expires), await _secret(services))
    # Compared as bytes: `compare_digest` rejects text that is not ASCII.
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        return 0.0
    return max(0.0, int(expires) - services.now().timestamp())


def _sign(key: str, expires: int, secret: str) -> str:
    return hmac.new(bytes.fromhex(secret), f"{key}\n{expires}".encode(), sha256).hexdigest()


async def _secret(services: Services) -> str:
    """Return the secret that signs URLs; it is drawn at random when it is first needed."""
    known = services.secrets.get(_LINKS)
    if known is None:
        known = await services.ledger(get_or_create_secret, _LINKS, services.random_bytes(32).hex())
        services.secrets[_LINKS] = known
    return known
