"""Convert an image to a size and a format with the Images binding."""

import re
from collections.abc import Awaitable, Callable
from typing import Protocol

from easel.errors import EaselError, QuotaExhaustedError, TransformError
from easel.media.sniff import NotAnImageError
from easel.platform.buffers import Buffer, Stream
from easel.platform.calls import UpstreamFailure
from easel.platform.images import Encoded, ImageFormat, Transformation
from easel.platform.size import Size

# Higher than usual on the web, because these images are stored or sent to models.
_QUALITY = 90

# Error codes of https://developers.cloudflare.com/images/reference/errors/. Used up: no free
# transformations are left. Unreadable: the image is broken, too large or of an unknown format;
# the local simulator reports this in the words of libvips.
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
        """Adds a note to the request's line in the log."""
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
    """Scale an image to cover a size, crop the edges evenly, and encode it.

    Args:
        content: the image.
        image_format: of the result.
        size: of the result, in pixels.
        services: with the Images binding.
        quality: 1 to 100, for lossy formats.
        paid: whether the image has cost money, which the errors report.

    Raises:
        QuotaExhaustedError: the account's transformations are used up.
        NotAnImageError: the image could not be decoded, although its header is valid.
        TransformError: Cloudflare Images failed otherwise.
    """
    lossy = image_format != "png"
    wanted = Transformation(image_format, (quality or _QUALITY) if lossy else None, size, "cover")
    try:
        return (await services.transform(content, wanted)).content
    except UpstreamFailure as failure:
        services.log(f"Cloudflare Images failed: {failure}")
        if _UNREADABLE.search(str(failure)):
            raise NotAnImageError("the image could not be decoded") from failure
        raise images_error(failure, paid=paid) from failure


def images_error(failure: UpstreamFailure, *, paid: bool, advice: str = "") -> EaselError:
    """Turn a failure of the Images binding into an error, with advice at the end of its message."""
    if _USED_UP.search(str(failure)):
        return QuotaExhaustedError(
            "The Cloudflare account has used up its free image transformations of this "
            f"month.{advice}",
            billed=paid,
        )
    return TransformError(
        f"Cloudflare Images could not scale or convert the image.{advice}", billed=paid
    )
