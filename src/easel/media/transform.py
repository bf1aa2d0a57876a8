"""Bring an image to a size and a format, with the Images binding."""

import re
from collections.abc import Awaitable, Callable
from typing import Protocol

from easel.errors import EaselError, QuotaExhaustedError, TransformError
from easel.media.sniff import NotAnImageError
from easel.platform.buffers import Buffer, Stream
from easel.platform.calls import UpstreamFailure
from easel.platform.images import Encoded, ImageFormat, Transformation
from easel.platform.size import Size

# What is stored or shown to a model is an original, so it loses less than is usual on the web.
_QUALITY = 90

# Codes of https://developers.cloudflare.com/images/reference/errors/: the account's free
# transformations are used up; the image is broken, too large or of a kind that is not known. The
# words are those of libvips, which the local simulator has for the latter.
_USED_UP = re.compile(r"\b942[23]\b")
_UNREADABLE = re.compile(r"\b(?:9412|9413|9520|9523)\b|vips|[Ii]nput (?:buffer|file)")


class Transforms(Protocol):
    """The services that a transformation uses."""

    @property
    def transform(self) -> Callable[[Buffer | Stream, Transformation], Awaitable[Encoded]]:
        """Calls the Images binding."""
        ...

    @property
    def log(self) -> Callable[[str], None]:
        """Notes what went wrong."""
        ...


async def scale_and_crop(
    content: Buffer,
    image_format: ImageFormat,
    size: Size,
    services: Transforms,
    quality: int | None = None,
    *,
    paid: bool,
) -> Buffer:
    """Scale an image to cover a size, crop evenly what stands over, and encode it.

    Args:
        content: the image.
        image_format: of the result.
        size: of the result, in pixels.
        services: what transforms.
        quality: 1 to 100, for formats that lose something.
        paid: whether the image itself has cost something.

    Raises:
        QuotaExhaustedError: the account's transformations are used up.
        NotAnImageError: the image could not be decoded, whatever its header says.
        TransformError: Cloudflare Images failed otherwise.
    """
    lossy = image_format != "png"
    wanted = Transformation(image_format, (quality or _QUALITY) if lossy else None, size, "cover")
    try:
        return (await services.transform(content, wanted)).content
    except UpstreamFailure as failure:
        services.log(f"Cloudflare Images failed: {failure}")
        if _UNREADABLE.search(str(failure)):
            raise NotAnImageError("it could not be decoded") from failure
        raise images_error(failure, paid=paid) from failure


def images_error(failure: UpstreamFailure, *, paid: bool, advice: str = "") -> EaselError:
    """Say what a failure of the Images binding means, and what to do about it."""
    if _USED_UP.search(str(failure)):
        return QuotaExhaustedError(
            "The account has used up this month's image transformations of Cloudflare's free "
            f"plan.{advice}",
            billed=paid,
        )
    return TransformError(
        f"Cloudflare Images could not scale or convert the image.{advice}", billed=paid
    )
