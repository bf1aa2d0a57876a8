"""The route that serves stored images and their variants; anyone who knows a URL may read it."""

import re
from urllib.parse import parse_qsl, urlencode

from easel.api.http.caching import cache_headers, private_cache_control
from easel.api.http.conditions import evaluate_conditions, meets_if_range, response_without_image
from easel.api.http.variants import serve_variant
from easel.errors import NotFoundError, UnsatisfiableRangeError
from easel.library.keys import KEY
from easel.library.retention import require_unexpired
from easel.library.urls import check_url_access
from easel.media.sniff import MEDIA_TYPES
from easel.platform.http import Request, Response
from easel.platform.storage import ByteRange, StoredObject
from easel.services import Services

# A browser opens an SVG as a document of this origin, so the SVG could run script in the origin.
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/sandbox
_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

_RANGE = re.compile(r"bytes=(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))", re.ASCII | re.IGNORECASE)


async def show_file(request: Request, services: Services) -> Response:
    """`GET /images/{path}`: a stored image, or with a query a variant of it.

    Raises:
        ForbiddenError: images are private, and the URL is not signed by easel or has expired.
        NotFoundError: there is no such image, or it has expired.
        CallerError: the query is invalid, a condition does not hold, or the range lies outside.
    """
    key = f"images/{request.path_parameters['path']}"
    query, expires, signature = _split_signature(request.query)
    seconds = await check_url_access(key, expires, signature, services)
    if not KEY.fullmatch(key):
        raise NotFoundError("There is no image at this URL.")
    if query:
        response = await serve_variant(key, query, request, services)
    else:
        response = await serve_image(key, request, services)
    if seconds is not None:
        public = response.headers["cache-control"]
        response.headers["cache-control"] = private_cache_control(public, seconds)
    return response


def _split_signature(query: str) -> tuple[str, str | None, str | None]:
    """Split a query into the query of the variant, the time of expiry and the signature."""
    pairs = parse_qsl(query, keep_blank_values=True)
    texts = dict(pairs)
    if not {"expires", "signature"} <= texts.keys():
        return query, None, None
    rest = [(name, text) for name, text in pairs if name not in ("expires", "signature")]
    return urlencode(rest), texts["expires"], texts["signature"]


async def serve_image(key: str, request: Request, services: Services) -> Response:
    """Serve a stored image, with conditions and ranges (RFC 9110, 13 and 14).

    Raises:
        NotFoundError: there is no such image, or it has expired.
        PreconditionFailedError: `If-Match` or `If-Unmodified-Since` does not hold.
        UnsatisfiableRangeError: the range lies outside the image.
    """
    # Ranges apply to GET alone. https://www.rfc-editor.org/rfc/rfc9110#section-14.2
    range_header = request.headers.get("range") if request.method == "GET" else None
    # Conditions are evaluated before the range, and so is whether the image exists.
    if range_header is None:
        found = await services.bucket.get(key, None)
    else:
        found = await services.bucket.head(key)
    stored = require_unexpired(found, services)
    headers = {"accept-ranges": "bytes", **cache_headers(stored.etag, stored.uploaded, services)}
    if (status := evaluate_conditions(request.headers, headers)) != 200:
        if stored.body is not None:
            stored.body.cancel()
        return response_without_image(status, headers)
    span = None
    if range_header is not None:
        if meets_if_range(request.headers.get("if-range"), headers):
            span = parse_range(range_header, stored.size)
        stored = require_unexpired(await services.bucket.get(key, span), services)
    headers["content-type"] = stored.content_type
    if stored.content_type == MEDIA_TYPES["svg"]:
        headers["content-security-policy"] = _SVG_POLICY
    headers["content-length"] = str(stored.length)
    if span is None:
        return Response(200, headers, stored.body)
    headers["content-range"] = _content_range(stored)
    return Response(206, headers, stored.body)


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """Parse a `Range` header; a header with several ranges or other units is ignored.

    Args:
        header: the header's value.
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
            f"The requested range lies outside the image, which has {size} bytes.",
            headers={"content-range": f"bytes */{size}"},
        )
    end = size if last is None else min(size, last + 1)
    return ByteRange(offset, end - offset)


def _content_range(stored: StoredObject) -> str:
    return f"bytes {stored.offset}-{stored.offset + stored.length - 1}/{stored.size}"
