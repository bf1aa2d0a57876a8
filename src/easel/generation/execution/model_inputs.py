"""Make of a caller's images what a model takes: its sizes, its formats, its kind of mask."""

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

# Every model takes these. WebP is not in any model's documentation.
_TAKEN: tuple[ImageFormat, ...] = ("png", "jpeg")


async def prepare_inputs(
    inputs: Inputs, card: ModelCard, native: Size, services: Services
) -> dict[str, object]:
    """The images of a job as inputs of its model, under the provider's own names.

    Args:
        inputs: the caller's images.
        card: the model's.
        native: the size that the model is asked for, in pixels.
        services: resizes and converts.

    Raises:
        InvalidImageError: the mask marks nothing.
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
        # As large as the image that it lies upon, as that is sent.
        size = card.images.sent_size(inputs.images[0].facts.size, native)
        prepared[card.mask.upstream] = await _prepare_mask(inputs.mask, card.mask, size, services)
    return prepared


async def _prepare_image(
    image: InputImage, taken: InputImages, native: Size, services: Services
) -> Attachment:
    facts = ImageFacts(
        image.facts.format if image.facts.format in _TAKEN else "png",
        taken.sent_size(image.facts.size, native),
    )
    content = image.content
    if facts != image.facts:
        content = await _cover(image, facts, services)
    return Attachment(content, taken.sent_as, MEDIA_TYPES[facts.format])


async def _cover(image: InputImage, facts: ImageFacts, services: Services) -> Buffer:
    try:
        return await scale_and_crop(image.content, facts.format, facts.size, services, paid=False)
    except NotAnImageError as error:
        raise InvalidImageError(f"'{image.param}': {error}.", param=image.param) from None


async def _prepare_mask(
    mask: InputImage, taken: Mask, size: Size, services: Services
) -> Attachment:
    if taken.kind == "alpha_repaints":
        facts = ImageFacts("png", mask.facts.size)
        content = mask.content if mask.facts == facts else await _cover(mask, facts, services)
        return Attachment(content, taken.sent_as, MEDIA_TYPES["png"])
    content = await _cover(mask, ImageFacts("png", size), services)
    try:
        content = await services.paint_mask(content)
    except NoMaskError as error:
        raise InvalidImageError(f"The mask {error}.", param="mask") from None
    return Attachment(content, taken.sent_as, MEDIA_TYPES["png"])
