"""Variants of stored images, made when they are first asked for and then kept in the cache."""

from collections.abc import Mapping

from easel.api.http.conditions import answer_without_image, judge
from easel.api.http.files import key_of, lasting_headers, still_there
from easel.api.http.variant_query import canonical_query, parse_variant
from easel.errors import (
    EaselError,
    NotFoundError,
    UnsupportedParameterError,
)
from easel.library.retention import expired_before
from easel.media.transform import images_error
from easel.platform.buffers import Buffer, Stream
from easel.platform.calls import UpstreamFailure
from easel.platform.http import Request, Response
from easel.platform.images import Encoded, Transformation
from easel.platform.storage import CachedAnswer, StoredObject
from easel.services import Services

# https://developers.cloudflare.com/images/optimization/binding/
_MAX_SOURCE_BYTES = 20_000_000

# What a cached answer's headers say of the image; the rest is the cache's own business.
_PASSED_ON = ("age", "cache-control", "content-length", "content-type", "etag", "last-modified")


async def serve_variant(request: Request, services: Services) -> Response:
    """`GET` or `HEAD` of a stored image with a query; conditions work, ranges are ignored.

    A variant that is in the cache is served only while its image is in the bucket and has not
    expired, for which the bucket is asked each time. The cache cannot be told to forget: variants
    of deleted images stay in the data centres that made them for a year at most, where nobody
    reaches them but through here.

    Raises:
        CallerError: the query asks for what is not to be had, or there is no such image.
        PreconditionFailedError: `If-Match` or `If-Unmodified-Since` does not hold.
        QuotaExhaustedError: the account's transformations are used up.
        TransformError: Cloudflare Images failed.
    """
    key = key_of(request)
    variant = parse_variant(request.query, key)
    # The key and the query are written anew, so that nothing a client makes up gets in.
    query = canonical_query(variant)
    url = f"{request.origin}/{key}?{query}"
    cached = await _look_up(url, services)
    if cached is not None:
        headers = await _headers_of(cached, key, services)
        body = cached.body
    else:
        stored, body = await _open(key, services)
        headers = lasting_headers(_etag(stored.etag, query), stored.uploaded, services)
    if (status := judge(request.headers, headers)) != 200:
        body.cancel()
        return answer_without_image(status, headers)
    if cached is not None:
        return Response(200, headers, body)
    made = await _transform(body, variant, services)
    headers["content-type"] = made.media_type
    headers["content-length"] = str(made.content.size)
    # A copy: what is added to this answer on its way out is not the image's.
    services.keep_alive(_keep(url, {**headers}, made.content, services))
    return Response(200, headers, made.content)


def _etag(original: str, query: str) -> str:
    """A variant's entity tag: that of its image, and what is made of it."""
    return f'{original[:-1]}?{query}"'


async def _headers_of(cached: CachedAnswer, key: str, services: Services) -> dict[str, str]:
    """What is told of a variant that was in the cache, if its image is still there."""
    try:
        stored = still_there(await services.bucket.head(key), services)
    except EaselError:
        cached.body.cancel()
        raise
    headers = {name: cached.headers[name] for name in _PASSED_ON if name in cached.headers}
    if expired_before(services) is not None:
        # What is left is counted from now, whatever was set when the variant was made.
        headers |= lasting_headers(headers["etag"], stored.uploaded, services)
        headers.pop("age", None)
    return headers


async def _open(key: str, services: Services) -> tuple[StoredObject, Stream]:
    stored = still_there(await services.bucket.get(key, None), services)
    if stored.body is None:
        raise NotFoundError("There is no image at this URL.")
    if stored.size > _MAX_SOURCE_BYTES:
        stored.body.cancel()
        raise UnsupportedParameterError(
            "This image is served only as it is stored: leave out the query. Images of more than "
            f"{_MAX_SOURCE_BYTES} bytes cannot be resized, and it has {stored.size}."
        )
    return stored, stored.body


async def _transform(source: Stream, variant: Transformation, services: Services) -> Encoded:
    try:
        return await services.transform(source, variant)
    except UpstreamFailure as failure:
        services.log(f"Cloudflare Images failed: {failure}")
        advice = " Without a query it is served as it is stored."
        raise images_error(failure, paid=False, advice=advice) from failure


async def _look_up(url: str, services: Services) -> CachedAnswer | None:
    try:
        return await services.cache.match(url)
    except UpstreamFailure as failure:
        services.log(f"the cache could not be read: {failure}")
        return None


async def _keep(url: str, headers: Mapping[str, str], content: Buffer, services: Services) -> None:
    try:
        await services.cache.put(url, headers, content)
    except UpstreamFailure as failure:
        services.log(f"a variant could not be kept in the cache: {failure}")
