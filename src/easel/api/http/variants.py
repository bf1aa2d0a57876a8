"""Serve variants of stored images, which are made on first request and then cached."""

from collections.abc import Mapping

from easel.api.http.caching import cache_headers
from easel.api.http.conditions import evaluate_conditions, response_without_image
from easel.api.http.variant_query import canonical_query, parse_variant
from easel.errors import EaselError, NotFoundError, UnsupportedParameterError
from easel.library.retention import expired_before, require_unexpired
from easel.limits import MAX_VARIANT_SOURCE_BYTES
from easel.media.transform import images_error
from easel.platform.buffers import Buffer, Stream
from easel.platform.calls import UpstreamFailure
from easel.platform.http import Request, Response
from easel.platform.images import Encoded, Transformation
from easel.platform.storage import CachedAnswer, StoredObject
from easel.services import Services

# The cached headers that clients get; the cache adds others for itself.
_FORWARDED = ("age", "cache-control", "content-length", "content-type", "etag", "last-modified")


async def serve_variant(key: str, query: str, request: Request, services: Services) -> Response:
    """Serve a variant of a stored image; conditions apply, ranges are ignored.

    A cached variant is served only while its image is in the bucket and has not expired, which is
    checked each time. The cache cannot be purged from here: variants of deleted images stay in the
    data centres that made them for a year at most, where only this function reads them.

    Raises:
        CallerError: the query is invalid, or there is no such image.
        PreconditionFailedError: `If-Match` or `If-Unmodified-Since` does not hold.
        QuotaExhaustedError: the account's transformations are used up.
        TransformError: Cloudflare Images failed.
    """
    variant = parse_variant(query, key)
    # The URL is built from the parsed values, so that a client cannot add cache entries at will.
    query = canonical_query(variant)
    url = f"{request.origin}/{key}?{query}"
    cached = await _match(url, services)
    if cached is not None:
        headers = await _cached_headers(cached, key, services)
        body = cached.body
    else:
        stored, body = await _open(key, services)
        headers = cache_headers(_etag(stored.etag, query), stored.uploaded, services)
    if (status := evaluate_conditions(request.headers, headers)) != 200:
        body.cancel()
        return response_without_image(status, headers)
    if cached is not None:
        return Response(200, headers, body)
    encoded = await _transform(body, variant, services)
    headers["content-type"] = encoded.media_type
    headers["content-length"] = str(encoded.content.size)
    # A copy, because this response gets further headers on its way out.
    services.keep_alive(_put(url, {**headers}, encoded.content, services))
    return Response(200, headers, encoded.content)


def _etag(original: str, query: str) -> str:
    """Return a variant's entity tag: the image's entity tag and the canonical query."""
    return f'{original[:-1]}?{query}"'


async def _cached_headers(cached: CachedAnswer, key: str, services: Services) -> dict[str, str]:
    """Return the headers of a cached variant if its image still exists."""
    try:
        stored = require_unexpired(await services.bucket.head(key), services)
    except EaselError:
        cached.body.cancel()
        raise
    headers = {name: cached.headers[name] for name in _FORWARDED if name in cached.headers}
    if expired_before(services) is not None:
        # The retention may have changed since the variant was made, so the age counts from now.
        headers |= cache_headers(headers["etag"], stored.uploaded, services)
        headers.pop("age", None)
    return headers


async def _open(key: str, services: Services) -> tuple[StoredObject, Stream]:
    stored = require_unexpired(await services.bucket.get(key, None), services)
    if stored.body is None:
        raise NotFoundError("There is no image at this URL.")
    if stored.size > MAX_VARIANT_SOURCE_BYTES:
        stored.body.cancel()
        raise UnsupportedParameterError(
            "This image is served only as it is stored: omit the query. Images of more than "
            f"{MAX_VARIANT_SOURCE_BYTES} bytes cannot be resized, and this one has "
            f"{stored.size} bytes."
        )
    return stored, stored.body


async def _transform(source: Stream, variant: Transformation, services: Services) -> Encoded:
    try:
        return await services.transform(source, variant)
    except UpstreamFailure as failure:
        services.log(f"Cloudflare Images failed: {failure}")
        advice = " Without a query the image is served as it is stored."
        raise images_error(failure, paid=False, advice=advice) from failure


async def _match(url: str, services: Services) -> CachedAnswer | None:
    try:
        return await services.cache.match(url)
    except UpstreamFailure as failure:
        services.log(f"the cache could not be read: {failure}")
        return None


async def _put(url: str, headers: Mapping[str, str], content: Buffer, services: Services) -> None:
    try:
        await services.cache.put(url, headers, content)
    except UpstreamFailure as failure:
        services.log(f"a variant could not be cached: {failure}")
