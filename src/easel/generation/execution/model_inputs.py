"""Convert a caller's images to the sizes, the formats and the kind of mask that a model takes."""

from easel.catalog import ModelCard
from easel.catalog.cards import InputImages, Mask
from easel.errors import InvalidImageError
from easel.generation.planning.inputs import InputImage, Inputs
from easel.media.sniff import MEDIA_TYPES, ImageFacts, NotAnImageError
from easel.media.transform import scale_and_crop
from easel.platform.buffers import Attachment, Buffer
from easel.platform.images import ImageFormat, NoMaskError
from easel.platform.size import Size
from easel.services import Services

# Every model takes these formats. No model documents WebP.
_ACCEPTED: tuple[ImageFormat, ...] = ("png", "jpeg")


async def prepare_inputs(
    inputs: Inputs, card: ModelCard, native: Size, services: Services
) -> dict[str, object]:
    """Convert input images to the model's inputs, under the provider's parameter names.

    Args:
        inputs: the caller's images.
        card: the model card.
        native: the size that the model generates, in pixels.
        services: the Images binding and the mask converter.

    Raises:
        InvalidImageError: an image cannot be decoded, or the mask has no transparent part.
    """
    if card.images is None:
        return {}
    sent = [await _prepare_image(image, card.images, native, services) for image in inputs.images]
    if "{index}" in card.images.upstream:
        prepared: dict[str, object] = {
            card.images.upstream.format(index=index): image for index, image in enumerate(sent)
        }
    else:
        prepared = {card.images.upstream: sent if card.images.max > 1 else sent[0]}
    if inputs.mask is not None and card.mask is not None:
        # The mask has the size of its image as sent.
        size = card.images.sent_size(inputs.images[0].facts.size, native)
        prepared[card.mask.upstream] = await _prepare_mask(inputs.mask, card.mask, size, services)
    return prepared


async def _prepare_image(
    image: InputImage, accepted: InputImages, native: Size, services: Services
) -> Attachment:
    facts = ImageFacts(
        image.facts.format if image.facts.format in _ACCEPTED else "png",
        accepted.sent_size(image.facts.size, native),
    )
    content = image.content
    if facts != image.facts:
        content = await _scale(image, facts, services)
    return Attachment(content, accepted.sent_as, MEDIA_TYPES[facts.format])


async def _scale(image: InputImage, facts: ImageFacts, services: Services) -> Buffer:
    try:
        return await scale_and_crop(image.content, facts.format, facts.size, services, paid=False)
    except NotAnImageError as error:
        raise InvalidImageError(f"'{image.param}': {error}.", param=image.param) from None


async def _prepare_mask(
    mask: InputImage, accepted: Mask, size: Size, services: Services
) -> Attachment:
    if accepted.kind == "alpha_repaints":
        facts = ImageFacts("png", mask.facts.size)
        content = mask.content if mask.facts == facts else await _scale(mask, facts, services)
        return Attachment(content, accepted.sent_as, MEDIA_TYPES["png"])
    content = await _scale(mask, ImageFacts("png", size), services)
    try:
        content = await services.paint_mask(content)
    except NoMaskError as error:
        raise InvalidImageError(f"The mask {error}.", param="mask") from None
    return Attachment(content, accepted.sent_as, MEDIA_TYPES["png"])
