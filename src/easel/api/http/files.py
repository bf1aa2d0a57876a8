"""Stored images, as anyone who knows their URL may read them."""

import re
from datetime import datetime
from urllib.parse import unquote

from easel.api.http.conditions import answer_without_image, judge, meets_if_range
from easel.errors import NotFoundError, UnsatisfiableRangeError
from easel.library.keys import KEY
from easel.library.retention import seconds_to_live
from easel.media.sniff import MEDIA_TYPES
from easel.platform.http import Request, Response
from easel.platform.storage import ByteRange, StoredObject
from easel.services import Services

# A key is random and its object never changes, so it may be kept for ever; a year is HTTP's word
# for that.
_YEAR = 31536000
_MAX_AGE = re.compile(r"max-age=(\d+)", re.ASCII)

# An SVG that is opened by itself is a document of this origin, which could run script in it.
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/sandbox
_DRAWING_ONLY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

_RANGE = re.compile(r"bytes=(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))", re.ASCII | re.IGNORECASE)


async def serve_image(request: Request, services: Services) -> Response:
    """`GET` or `HEAD` of a stored image, with conditions and ranges (RFC 9110, 13 and 14).

    Raises:
        NotFoundError: there is no such image, or it has expired.
        PreconditionFailedError: `If-Match` or `If-Unmodified-Since` does not hold.
        UnsatisfiableRangeError: the range lies outside the image.
    """
    key = key_of(request)
    # No other method has ranges. https://www.rfc-editor.org/rfc/rfc9110#section-14.2
    wanted = request.headers.get("range") if request.method == "GET" else None
    # The conditions, and whether the image is there at all, go before the range.
    opened = await (services.bucket.get(key, None) if wanted is None else services.bucket.head(key))
    stored = still_there(opened, services)
    headers = {"accept-ranges": "bytes", **lasting_headers(stored.etag, stored.uploaded, services)}
    if (status := judge(request.headers, headers)) != 200:
        if stored.body is not None:
            stored.body.cancel()
        return answer_without_image(status, headers)
    span = None
    if wanted is not None:
        if meets_if_range(request.headers.get("if-range"), headers):
            span = parse_range(wanted, stored.size)
        stored = still_there(await services.bucket.get(key, span), services)
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


def still_there(stored: StoredObject | None, services: Services) -> StoredObject:
    """An image as the bucket has it, unless it has none or the image has expired.

    Raises:
        NotFoundError: there is none. What was opened of an expired one is let go of.
    """
    if stored is not None:
        left = seconds_to_live(stored.uploaded, services)
        if left is None or left > 0:
            return stored
        if stored.body is not None:
            stored.body.cancel()
    raise NotFoundError("There is no image at this URL.")


def lasting_headers(etag: str, uploaded: datetime, services: Services) -> dict[str, str]:
    """What tells everyone on the way to keep an image: for ever, or until it expires."""
    left = seconds_to_live(uploaded, services)
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


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """Read a `Range` header; several ranges and other units may be ignored, and are.

    Args:
        header: as it came.
        size: of the image, in bytes.

    Raises:
        UnsatisfiableRangeError: the range lies outside the image.
    """
    match = _RANGE.fullmatch((header or "").strip())
    if match is None:
        return None
    first, last, suffix = (None if part is None else int(part) for part in match.groups())
    if first is not None and last is not None and last < first:
        return None
    offset = max(0, size - suffix) if suffix is not None else first or 0
    if offset >= size:
        raise UnsatisfiableRangeError(
            f"The image has {size} bytes; the range lies outside of it.",
            headers={"content-range": f"bytes */{size}"},
        )
    end = size if last is None else min(size, last + 1)
    return ByteRange(offset, end - offset)


def _content_range(stored: StoredObject) -> str:
    return f"bytes {stored.offset}-{stored.offset + stored.length - 1}/{stored.size}"
