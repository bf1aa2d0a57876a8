"""Images that are drawings: SVG, which nothing here can turn into pixels.

The Images binding passes an SVG through or refuses it, but makes no other format of it.
https://developers.cloudflare.com/images/get-started/limits/
"""

from easel.catalog import ModelCard
from easel.catalog.cards import Task
from easel.errors import InvalidValueError, TransformError
from easel.media.sniff import ImageFacts
from easel.platform.size import Ratio, Size
from easel.wire.requests import ImageRequest

FORMAT = "svg"

# Shapes that differ by less than this share look the same.
_SAME_SHAPE = 0.03


def check_vector(request: ImageRequest, card: ModelCard, task: Task) -> None:
    """See that a model that draws is asked for nothing that only pixels can have.

    Raises:
        InvalidValueError: it is asked for a format, for a quality, or for a size that is not one
            of its own; a changed drawing has the shape that it had.
    """
    if card.output != FORMAT:
        return
    for param in ("output_format", "output_compression"):
        if getattr(request, param) is not None:
            raise InvalidValueError(
                f"Invalid value for '{param}': {card.id} draws an SVG, which easel cannot turn "
                "into pixels. Leave it out.",
                param=param,
            )
    wanted = request.wanted_size()
    if wanted is None or (task == "generate" and _is_native(wanted, card)):
        return
    param = next(name for name in ("size", "aspect_ratio", "width") if getattr(request, name))
    sizes = ", ".join(map(str, card.sizes.list))
    advice = f"Ask for one of {sizes}" if task == "generate" else "Leave it out"
    raise InvalidValueError(
        f"Invalid value for '{param}': {card.id} draws an SVG, which easel cannot crop, and which "
        f"scales without loss. {advice}.",
        param=param,
    )


def _is_native(wanted: Size | Ratio, card: ModelCard) -> bool:
    if isinstance(wanted, Size):
        return wanted in card.sizes.list
    return any(_same_shape(size, wanted) for size in card.sizes.list)


def deliver_vector(facts: ImageFacts, output_format: str | None, size: Size | None) -> ImageFacts:
    """Take a drawing as what was promised, or not at all.

    Its size is only what it is shown at where nothing else is said, so its shape is enough.

    Raises:
        TransformError: it cannot become what was promised.
    """
    if output_format not in (None, FORMAT):
        raise TransformError(
            f"The model drew an SVG, which easel cannot turn into {output_format}.", billed=True
        )
    if size is not None and not _same_shape(facts.size, size):
        raise TransformError(
            f"The model drew an SVG of the shape {facts.size}, which easel cannot crop to {size}.",
            billed=True,
        )
    return facts


def _same_shape(one: Size, other: Size | Ratio) -> bool:
    return abs(one.width * other.height / (one.height * other.width) - 1) < _SAME_SHAPE
