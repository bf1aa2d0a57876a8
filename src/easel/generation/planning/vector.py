"""Vector images: SVG, which easel cannot convert to pixels.

The Images binding passes an SVG through or refuses it, but does not convert it.
https://developers.cloudflare.com/images/get-started/limits/
"""

from easel.catalog import ModelCard
from easel.catalog.cards import Task
from easel.errors import InvalidValueError, TransformError
from easel.generation.planning.sizes import same_ratio
from easel.media.sniff import ImageFacts
from easel.platform.size import Ratio, Size
from easel.wire.requests import ImageRequest

FORMAT = "svg"


def check_vector(request: ImageRequest, card: ModelCard, task: Task) -> None:
    """Reject properties of pixel images for a model that generates SVG.

    Raises:
        InvalidValueError: the request has a format, a compression, or a size that the model does
            not generate. An edit may have no size, because it keeps its image's aspect ratio.
    """
    if card.output != FORMAT:
        return
    for param in ("output_format", "output_compression"):
        if getattr(request, param) is not None:
            raise InvalidValueError(
                f"Invalid value for '{param}': {card.id} generates SVG, which easel cannot convert "
                f"to pixels. Leave '{param}' out.",
                param=param,
            )
    requested = request.requested_size()
    if requested is None or (task == "generate" and _is_native(requested, card)):
        return
    param = next(name for name in ("size", "aspect_ratio", "width") if getattr(request, name))
    sizes = ", ".join(map(str, card.sizes.list))
    advice = f"Use one of {sizes}" if task == "generate" else f"Leave '{param}' out"
    raise InvalidValueError(
        f"Invalid value for '{param}': {card.id} generates SVG, which easel cannot crop, but which "
        f"scales without loss. {advice}.",
        param=param,
    )


def _is_native(requested: Size | Ratio, card: ModelCard) -> bool:
    if isinstance(requested, Size):
        return requested in card.sizes.list
    return any(same_ratio(size, requested) for size in card.sizes.list)


def deliver_vector(facts: ImageFacts, output_format: str | None, size: Size | None) -> ImageFacts:
    """Check that an SVG has the promised format and aspect ratio.

    Its size in pixels is only a default for viewers, so it need not match.

    Raises:
        TransformError: it does not.
    """
    if output_format not in (None, FORMAT):
        raise TransformError(
            f"The model generated SVG, which easel cannot convert to {output_format}.", billed=True
        )
    if size is not None and not same_ratio(facts.size, size):
        raise TransformError(
            f"The model generated an SVG of {facts.size}, which easel cannot crop to {size}.",
            billed=True,
        )
    return facts
