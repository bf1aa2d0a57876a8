"""Stored images, as anyone who knows their URL may read them."""

import re
from datetime import datetime
from urllib.parse import unquote

from easel.errors import NotFoundError, PreconditionFailedError
from easel.http import Request, Response
from easel.images.lifetime import expired_before, seconds_to_live
from easel.images.names import KEY
from easel.images.sniff import MEDIA_TYPES
from easel.storage import ByteRange, StoredObject
from easel.world import World

# A key is random and its object never changes, so it may be kept for ever; a year is HTTP's word
# for that.
_YEAR = 31536000
_MAX_AGE = re.compile(r"max-age=(\d+)", re.ASCII)

# An SVG that is opened by itself is a document of this origin, which could run script in it.
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/sandbox
_DRAWING_ONLY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

_CONDITIONS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
_RANGE = re.compile(r"bytes=(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))", re.ASCII)


async def serve_image(request: Request, world: World) -> Response:
    """`GET` or `HEAD` of a stored image, with conditions and ranges (RFC 9110, 13 and 14).

    Raises:
        NotFoundError: there is no such image, or it has expired.
        PreconditionFailedError: `If-Match` or `If-Unmodified-Since` does not hold.
        UnsatisfiableRangeError: the range lies outside the image.
    """
    key = key_of(request)
    conditions = {name: request.headers[name] for name in _CONDITIONS if name in request.headers}
    span = parse_range(request.headers.get("range"))
    validator = request.headers.get("if-range")
    # A range outside of an image that has expired would be told apart from one that never was.
    if span is not None and (validator or expired_before(world) is not None):
        current = still_there(await world.bucket.head(key), world)
        if validator and current.etag != validator:
            span = None
    stored = still_there(await world.bucket.get(key, conditions, span), world)
    headers = {"accept-ranges": "bytes", **lasting_headers(stored.etag, stored.uploaded, world)}
    if stored.body is None:
        if "if-none-match" in conditions or "if-modified-since" in conditions:
            return Response(304, headers)
        raise PreconditionFailedError(
            "The image is not the one that the request's conditions name."
        )
    headers["content-type"] = stored.content_type
    if stored.content_type == MEDIA_TYPES["svg"]:
        headers["content-security-policy"] = _DRAWING_ONLY
    headers["content-length"] = str(stored.length)
    if span is None:
        return Response(200, headers, stored.body)
    headers["content-range"] = _content_range(stored)
    return Response(206, headers, stored.body)


def key_of(request: Request) -> str:
    """The key of the image that a path names.

    Raises:
        NotFoundError: the path cannot be an image's.
    """
    key = unquote(request.path).removeprefix("/")
    if not KEY.fullmatch(key):
        raise NotFoundError("There is no image at this URL.")
    return key


def still_there(stored: StoredObject | None, world: World) -> StoredObject:
    """An image as the bucket has it, unless it has none or the image has expired.

    Raises:
        NotFoundError: there is none. What was opened of an expired one is let go of.
    """
    if stored is not None:
        left = seconds_to_live(stored.uploaded, world)
        if left is None or left > 0:
            return stored
        if stored.body is not None:
            stored.body.cancel()
    raise NotFoundError("There is no image at this URL.")


def lasting_headers(etag: str, uploaded: datetime, world: World) -> dict[str, str]:
    """What tells everyone on the way to keep an image: for ever, or until it expires."""
    left = seconds_to_live(uploaded, world)
    kept = f"{_YEAR}, immutable" if left is None else f"{min(int(left), _YEAR)}"
    return {
        "cache-control": f"public, max-age={kept}",
        "etag": etag,
        "last-modified": f"{uploaded:%a, %d %b %Y %H:%M:%S} GMT",
    }


def private_cache(public: str, seconds: float) -> str:
    """The `cache-control` of an image whose URL is good for so long only, and for one reader."""
    kept = [int(age) for age in _MAX_AGE.findall(public)]
    return f"private, max-age={min([int(seconds), *kept])}"


def parse_range(header: str | None) -> ByteRange | None:
    """Read a `Range` header; several ranges and other units may be ignored, and are."""
    match = _RANGE.fullmatch((header or "").strip())
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        return ByteRange(suffix=int(suffix))
    offset = int(first)
    if last is None:
        return ByteRange(offset=offset)
    length = int(last) - offset + 1
    return ByteRange(offset=offset, length=length) if length > 0 else None


def _content_range(stored: StoredObject) -> str:
    return f"bytes {stored.offset}-{stored.offset + stored.length - 1}/{stored.size}"
