"""Stored images, as anyone who knows their URL may read them."""

import re
from datetime import datetime
from urllib.parse import unquote

from easel.errors import NotFoundError, PreconditionFailedError
from easel.http import Request, Response
from easel.images.sniff import MEDIA_TYPES
from easel.storage import ByteRange, StoredObject
from easel.world import World

# A key is random and its object never changes, so it may be kept for ever.
_CACHE = "public, max-age=31536000, immutable"

# Every key that `images.keep` gives; whatever else the bucket holds is not served.
_KEY = re.compile(r"images/\d{4}-\d\d-\d\d/[a-z0-9-]{26,64}\.[a-z]{3,4}", re.ASCII)

# An SVG that is opened by itself is a document of this origin, which could run script in it.
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/sandbox
_DRAWING_ONLY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

_CONDITIONS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
_RANGE = re.compile(r"bytes=(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))", re.ASCII)


async def serve_image(request: Request, world: World) -> Response:
    """`GET` or `HEAD` of a stored image, with conditions and ranges (RFC 9110, 13 and 14).

    Raises:
        NotFoundError: there is no such image.
        PreconditionFailedError: `If-Match` or `If-Unmodified-Since` does not hold.
        UnsatisfiableRangeError: the range lies outside the image.
    """
    key = key_of(request)
    conditions = {name: request.headers[name] for name in _CONDITIONS if name in request.headers}
    span = parse_range(request.headers.get("range"))
    if span is not None and (validator := request.headers.get("if-range")):
        current = await world.bucket.head(key)
        if current is None or current.etag != validator:
            span = None
    stored = await world.bucket.get(key, conditions, span)
    if stored is None:
        raise NotFoundError("There is no image at this URL.")
    headers = {"accept-ranges": "bytes", **lasting_headers(stored.etag, stored.uploaded)}
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
    if not _KEY.fullmatch(key):
        raise NotFoundError("There is no image at this URL.")
    return key


def lasting_headers(etag: str, uploaded: datetime) -> dict[str, str]:
    """What tells everyone on the way to keep an image."""
    return {
        "cache-control": _CACHE,
        "etag": etag,
        "last-modified": f"{uploaded:%a, %d %b %Y %H:%M:%S} GMT",
    }


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
