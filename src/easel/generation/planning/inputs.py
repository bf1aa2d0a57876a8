"""The images that a caller gives: fetched or decoded, and looked at before any model is called."""

from dataclasses import dataclass

from easel.catalog import ModelCard
from easel.errors import (
    InvalidImageError,
    InvalidValueError,
    MissingParameterError,
    UnsupportedParameterError,
)
from easel.media.download import DownloadError, download
from easel.media.sniff import ImageFacts, NotAnImageError, sniff
from easel.platform.buffers import Buffer
from easel.platform.images import ImageFormat
from easel.services import Services
from easel.wire.sources import Source, Sources

# What models can look at. A GIF may be an animation, and an SVG is a program that draws.
_TAKEN: tuple[ImageFormat, ...] = ("png", "jpeg", "webp")

# What models and the Images binding can take apart in an isolate's memory and time.
_MAX_SIDE = 10_000
_MAX_PIXELS = 50_000_000

# Of all images together, by whichever way they come: as many as an upload may have.
_MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class InputImage:
    """An image of the caller's.

    Attributes:
        param: how the caller called it.
    """

    param: str
    content: Buffer
    facts: ImageFacts


@dataclass(frozen=True)
class Inputs:
    """The images of an edit or a variation, of which there is one at least, and its mask."""

    images: tuple[InputImage, ...]
    mask: InputImage | None = None


def check_sources(
    sources: Sources, card: ModelCard, *, drop_mask: bool
) -> tuple[Sources, list[str]]:
    """See that a model can take these images, before any of them is fetched.

    Args:
        sources: the images as the caller gave them.
        card: the model's.
        drop_mask: leave out a mask that the model lacks instead of refusing it.

    Returns:
        The images that are left, and a warning where one was dropped.

    Raises:
        CallerError: there are too few or too many.
    """
    most = card.images.max if card.images else 0
    if not sources.images:
        raise MissingParameterError("Missing required parameter: 'image'.", param="image")
    if len(sources.images) > most:
        raise InvalidValueError(
            f"Too many images: {card.id} takes {most}, got {len(sources.images)}.", param="image"
        )
    if len(sources.masks) > 1:
        raise InvalidValueError("There is more than one mask.", param="mask")
    if sources.masks and card.mask is None:
        if not drop_mask:
            raise UnsupportedParameterError(
                f"{card.id} takes no mask. Set drop_params to true to have it dropped.",
                param="mask",
            )
        return Sources(sources.images, []), [f"{card.id} takes no mask; it was dropped."]
    if card.mask and card.mask.required and not sources.masks:
        raise MissingParameterError(
            f"Missing required parameter: 'mask' ({card.id} repaints what a mask marks).",
            param="mask",
        )
    return sources, []


async def load_inputs(sources: Sources, services: Services) -> Inputs:
    """Fetch, decode and look at the images of a request.

    Raises:
        InvalidImageError: one cannot be had or used.
    """
    loaded: list[InputImage] = []
    for source in [*sources.images, *sources.masks[:1]]:
        left = _MAX_BYTES - sum(image.content.size for image in loaded)
        loaded.append(await _load(source, services, left))
    count = len(sources.images)
    images, mask = tuple(loaded[:count]), loaded[count] if sources.masks else None
    if mask is not None and mask.facts.size != images[0].facts.size:
        raise InvalidImageError(
            f"The mask has {mask.facts.size} pixels and the image {images[0].facts.size}; they "
            "must be the same.",
            param="mask",
        )
    return Inputs(images, mask)


async def _load(source: Source, services: Services, limit: int) -> InputImage:
    content = await _fetch(source, services, limit)
    if content.size > limit:
        raise InvalidImageError(
            f"'{source.param}': the images of a request may have {_MAX_BYTES:,} bytes together.",
            param=source.param,
        )
    try:
        facts = sniff(content)
    except NotAnImageError as error:
        raise InvalidImageError(f"'{source.param}': {error}.", param=source.param) from None
    if facts.format not in _TAKEN:
        raise InvalidImageError(
            f"'{source.param}' is of the format {facts.format.upper()}; PNG, JPEG and WebP are "
            "taken.",
            param=source.param,
        )
    if max(facts.size) > _MAX_SIDE or facts.size.area > _MAX_PIXELS:
        raise InvalidImageError(
            f"'{source.param}' has {facts.size} pixels; at most {_MAX_SIDE} a side and "
            f"{_MAX_PIXELS:,} altogether are taken.",
            param=source.param,
        )
    return InputImage(source.param, content, facts)


async def _fetch(source: Source, services: Services, limit: int) -> Buffer:
    content = source.content
    if isinstance(content, Buffer):
        return content
    beginning = content[:8] if isinstance(content, str) else content.head(8)
    if beginning.lower().startswith(("http://", "https://", "data:")):
        allow_private = services.settings().allow_private_urls
        try:
            return await download(content, services, allow_private=allow_private, limit=limit)
        except DownloadError as error:
            raise InvalidImageError(f"'{source.param}': {error}", param=source.param) from error
    text = services.long_text(content) if isinstance(content, str) else content
    try:
        return text.decode_base64()
    except ValueError:
        raise InvalidImageError(
            f"'{source.param}' is neither a URL, nor a data URL, nor base64.", param=source.param
        ) from None
