"""Load a caller's input images: download or decode them, and check their format and size."""

from dataclasses import dataclass

from easel.catalog import ModelCard
from easel.errors import (
    InvalidImageError,
    InvalidValueError,
    MissingParameterError,
    UnsupportedParameterError,
)
from easel.limits import MAX_INPUT_BYTES
from easel.media.download import DownloadError, download
from easel.media.sniff import ImageFacts, NotAnImageError, sniff
from easel.platform.buffers import Buffer
from easel.platform.images import ImageFormat
from easel.services import Services
from easel.wire.sources import Source, Sources

# Formats that models can read. A GIF may be an animation, and an SVG is a drawing program.
_ACCEPTED: tuple[ImageFormat, ...] = ("png", "jpeg", "webp")

# The largest image, in pixels, that models and the Images binding decode.
_MAX_SIDE = 10_000
_MAX_PIXELS = 50_000_000


@dataclass(frozen=True)
class InputImage:
    """An input image; `param` is the caller's name of it, such as `images[1].image_url`."""

    param: str
    content: Buffer
    facts: ImageFacts


@dataclass(frozen=True)
class Inputs:
    """The images of an edit or a variation, at least one, and its mask."""

    images: tuple[InputImage, ...]
    mask: InputImage | None = None


def check_sources(
    sources: Sources, card: ModelCard, *, drop_mask: bool
) -> tuple[Sources, list[str]]:
    """Check that a model takes this number of images and masks, before any is downloaded.

    Args:
        sources: the images as the caller sent them.
        card: the model card.
        drop_mask: whether to drop a mask that the model does not support instead of refusing it.

    Returns:
        The remaining images, and a warning if a mask was dropped.

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
        raise InvalidValueError("Only one mask is allowed.", param="mask")
    if sources.masks and card.mask is None:
        if not drop_mask:
            raise UnsupportedParameterError(
                f"{card.id} does not support a mask. Set drop_params to true to drop it.",
                param="mask",
            )
        return Sources(sources.images, []), [f"{card.id} does not support a mask; it was dropped."]
    if card.mask and card.mask.required and not sources.masks:
        raise MissingParameterError(
            f"Missing required parameter: 'mask' ({card.id} repaints the masked area).",
            param="mask",
        )
    return sources, []


async def load_inputs(sources: Sources, services: Services) -> Inputs:
    """Download or decode the images of a request, and check them.

    Raises:
        InvalidImageError: an image cannot be downloaded, decoded or used.
    """
    loaded: list[InputImage] = []
    for source in [*sources.images, *sources.masks[:1]]:
        left = MAX_INPUT_BYTES - sum(image.content.size for image in loaded)
        loaded.append(await _load(source, services, left))
    count = len(sources.images)
    images, mask = tuple(loaded[:count]), loaded[count] if sources.masks else None
    if mask is not None and mask.facts.size != images[0].facts.size:
        raise InvalidImageError(
            f"The mask must have the image's size, {images[0].facts.size} pixels; it has "
            f"{mask.facts.size}.",
            param="mask",
        )
    return Inputs(images, mask)


async def _load(source: Source, services: Services, limit: int) -> InputImage:
    content = await _fetch(source, services, limit)
    if content.size > limit:
        raise InvalidImageError(
            f"'{source.param}': all images of a request may have {MAX_INPUT_BYTES:,} bytes "
            "together.",
            param=source.param,
        )
    try:
        facts = sniff(content)
    except NotAnImageError as error:
        raise InvalidImageError(f"'{source.param}': {error}.", param=source.param) from None
    if facts.format not in _ACCEPTED:
        raise InvalidImageError(
            f"'{source.param}' is {facts.format.upper()}; the supported formats are PNG, JPEG and "
            "WebP.",
            param=source.param,
        )
    if max(facts.size) > _MAX_SIDE or facts.size.area > _MAX_PIXELS:
        raise InvalidImageError(
            f"'{source.param}' has {facts.size} pixels; the limits are {_MAX_SIDE} per side and "
            f"{_MAX_PIXELS:,} in total.",
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
            found = await download(content, services, allow_private=allow_private, limit=limit)
        except DownloadError as error:
            raise InvalidImageError(f"'{source.param}': {error}", param=source.param) from error
        return found.content
    text = services.long_text(content) if isinstance(content, str) else content
    try:
        return text.decode_base64()
    except ValueError:
        raise InvalidImageError(
            f"'{source.param}' is neither a URL, nor a data URL, nor base64.", param=source.param
        ) from None
