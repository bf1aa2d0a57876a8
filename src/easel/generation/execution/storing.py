"""Store the images of a provider's answer, downloading those that it gives by URL.

Few large images are in memory at a time: a download waits until memory for it is free, and an image
leaves memory as soon as it is stored.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from easel.errors import EaselError, ProviderError, ServerError
from easel.generation.execution.context import Context
from easel.generation.execution.results import FinishedImage, Provenance, store_result
from easel.limits import MAX_BYTES_IN_MEMORY, MAX_RESULT_BYTES, RESULT_SECONDS
from easel.media.download import Download, DownloadError, download
from easel.media.urls import UntrustedUrlError, origin_of
from easel.observability.request_log import describe_bug
from easel.platform.buffers import Buffer, LongText
from easel.providers.protocol import Picture, Result

_DATA_SCHEME = "data:"


async def store_pictures(
    result: Result, origins: Mapping[int, Provenance], base_urls: Sequence[str], context: Context
) -> dict[int, FinishedImage | EaselError]:
    """Store images, and release the memory of the answer that they come from.

    Args:
        result: the images, at least as many as there are origins.
        origins: the origin of each image by its place in the request.
        base_urls: of the provider; images at these origins may have private addresses.
        context: of the request.

    Returns:
        By place, each stored image or the error that lost it.
    """
    pictures = dict(zip(origins, result.pictures, strict=False))

    async def store(place: int) -> FinishedImage | EaselError:
        return await _store(pictures[place], origins[place], base_urls, context)

    async def store_remote(place: int) -> FinishedImage | EaselError:
        stored = await store(place)
        is_small = isinstance(stored, EaselError) or _may_stay(stored.content.size, context)
        return stored if is_small else _leave_memory(stored, context)

    inline = [place for place, picture in pictures.items() if not _is_remote(picture)]
    # The images in an answer share its memory, so either all of them stay there or none.
    are_small = _may_stay(sum(_length(pictures[place]) for place in inline), context)
    stored = dict(zip(inline, await asyncio.gather(*map(store, inline)), strict=True))
    if not are_small:
        stored = {place: _leave_memory(one, context) for place, one in stored.items()}
    # A download may wait for memory that another answer has: to wait with some reserved could be a
    # deadlock.
    result.release()
    remote = [place for place in pictures if place not in inline]
    return stored | dict(zip(remote, await asyncio.gather(*map(store_remote, remote)), strict=True))


def _is_remote(picture: Picture) -> bool:
    """Whether the answer has only a URL of the image."""
    source, length = picture.source, len(_DATA_SCHEME)
    if isinstance(source, Buffer):
        return False
    beginning = source[:length] if isinstance(source, str) else source.head(length)
    return beginning.lower() != _DATA_SCHEME


def _length(picture: Picture) -> int:
    source = picture.source
    if isinstance(source, Buffer):
        return source.size
    return len(source) if isinstance(source, str) else source.length


def _may_stay(size: int, context: Context) -> bool:
    """Whether so many more bytes may stay in memory until the answer is sent; if so, count them."""
    if context.bytes_in_memory + size > MAX_BYTES_IN_MEMORY:
        return False
    context.bytes_in_memory += size
    return True


def _leave_memory(
    stored: FinishedImage | EaselError, context: Context
) -> FinishedImage | EaselError:
    """Replace the content of a stored image: it is read from the bucket again when it is sent."""
    if isinstance(stored, EaselError) or stored.key is None:
        return stored
    content = context.services.bucket.stored(stored.key, stored.content.size)
    return replace(stored, content=content)


async def _store(
    picture: Picture, origin: Provenance, base_urls: Sequence[str], context: Context
) -> FinishedImage | EaselError:
    source, model = picture.source, origin.plan.card.id
    try:
        if isinstance(source, Buffer):
            return await store_result(source, origin, context.services)
        found = await _download(source, origin, base_urls, context)
        try:
            return await store_result(found.content, origin, context.services)
        finally:
            found.release()
    except EaselError as error:
        context.services.log(f"an image of {model} was lost, {error.code}: {error.message}")
        error.billed = True
        return error
    except Exception as error:  # noqa: BLE001 - a bug in one image must not lose its paid siblings
        context.services.log(describe_bug(error, context.services.request_log))
        return ServerError("easel failed to store the image.", billed=True)


async def _download(
    url: str | LongText, origin: Provenance, base_urls: Sequence[str], context: Context
) -> Download:
    """Download a result, which providers delete after some time."""
    try:
        trusted = [origin_of(base_url) for base_url in base_urls]
        if isinstance(url, str) and url.startswith("/") and trusted:
            url = f"{trusted[0]}{url}"
        async with context.connections:
            return await download(
                url,
                context.services,
                allow_private=context.settings.allow_private_urls,
                trusted_origins=trusted,
                limit=MAX_RESULT_BYTES,
                seconds=RESULT_SECONDS,
                reserves_memory=True,
            )
    except (DownloadError, UntrustedUrlError) as error:
        context.services.log(f"could not download a result: {error!r}")
        title = context.providers[origin.plan.card.provider].title
        raise ProviderError(
            f"{title} made the image, but easel could not download it. {error}"
        ) from error
