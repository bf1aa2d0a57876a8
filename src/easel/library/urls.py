"""The URLs of stored images: lasting ones, or signed ones where images are private."""

import hmac
from dataclasses import replace
from hashlib import sha256
from urllib.parse import parse_qsl, unquote, urlencode

from easel.errors import ForbiddenError
from easel.ledger.upkeep import keep_secret
from easel.platform.http import Request
from easel.services import World
from easel.settings.settings import Settings

# The name of the secret.
_LINKS = "links"


async def image_url(key: str, base_url: str, settings: Settings, world: World) -> str:
    """Where an image can be fetched, by whoever has the URL.

    Args:
        key: where it lies in the bucket.
        base_url: where images are served, without a trailing slash.
        settings: whether images are private, and for how long a URL is good then.
        world: knows the time and the secret.
    """
    url = f"{base_url}/{key}"
    if not settings.private_images:
        return url
    expires = int(world.now().timestamp() + settings.signed_url_seconds)
    return f"{url}?expires={expires}&signature={_sign(key, expires, await _secret(world))}"


async def seconds_left(key: str, expires: str, signature: str, world: World) -> float:
    """For how long a signed URL is still good; 0 where it is not, or never was.

    Args:
        key: of the image.
        expires: what the URL says, a Unix time.
        signature: what it is signed with.
        world: knows the time and the secret.
    """
    if not (expires.isascii() and expires.isdecimal() and len(expires) < 12):
        return 0.0
    expected = _sign(key, int(expires), await _secret(world))
    # As bytes: what is no ASCII cannot be compared as text.
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        return 0.0
    return max(0.0, int(expires) - world.now().timestamp())


def _sign(key: str, expires: int, secret: str) -> str:
    return hmac.new(bytes.fromhex(secret), f"{key}\n{expires}".encode(), sha256).hexdigest()


async def _secret(world: World) -> str:
    """What URLs are signed with: chosen by chance when it is first needed, and kept."""
    known = world.secrets.get(_LINKS)
    if known is None:
        known = await world.ledger(keep_secret, _LINKS, world.random_bytes(32).hex())
        world.secrets[_LINKS] = known
    return known


async def open_link(request: Request, world: World) -> tuple[Request, float | None]:
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
    if not world.settings().private_images:
        return opened, None
    key = unquote(request.path).removeprefix("/")
    left = 0.0
    if is_signed:
        left = await seconds_left(key, signed["expires"], signed["signature"], world)
    if left <= 0:
        raise ForbiddenError(
            "This image is private: its URL must be signed, and this one is not, or no longer. "
            "Whoever had it made finds a fresh one with GET /v1/images."
        )
    return opened, left
