"""Bring an image to a size and a format."""

from easel.errors import TransformError
from easel.handles import Buffer
from easel.size import Size
from easel.world import ImageFormat, Transformation, UpstreamFailure, World

# What is stored or shown to a model is an original, so it loses less than is usual on the web.
_QUALITY = 90


async def cover(
    content: Buffer, image_format: ImageFormat, size: Size, world: World, quality: int | None = None
) -> Buffer:
    """Scale an image to cover a size, crop evenly what stands over, and encode it.

    Args:
        content: the image.
        image_format: of the result.
        size: of the result, in pixels.
        world: has the Images binding.
        quality: 1 to 100, for formats that lose something.

    Raises:
        TransformError: Cloudflare Images failed.
    """
    lossy = image_format != "png"
    wanted = Transformation(image_format, (quality or _QUALITY) if lossy else None, size, "cover")
    try:
        return (await world.transform(content, wanted)).content
    except UpstreamFailure as failure:
        world.log(f"Cloudflare Images failed: {failure}")
        raise TransformError("Cloudflare Images could not scale or convert the image.") from failure
