"""Values of the Images binding and of mask painting."""

from dataclasses import dataclass
from typing import Literal

from easel.platform.buffers import Buffer
from easel.platform.size import Size

ImageFormat = Literal["png", "jpeg", "webp", "gif", "svg"]


class NoMaskError(Exception):
    """A mask is empty or unusable; the message is a predicate about the mask."""


@dataclass(frozen=True)
class Transformation:
    """A transformation of an image; equal transformations give equal images.

    https://developers.cloudflare.com/images/optimization/features/

    Attributes:
        format: output format: `png`, `jpeg`, `webp`, `avif` or `gif`.
        quality: 1 to 100; None for a lossless format.
        box: target size for `fit`; None keeps the size.
        fit: Cloudflare's resizing mode; None without a box.
    """

    format: str
    quality: int | None = None
    box: Size | None = None
    fit: str | None = None


@dataclass(frozen=True)
class Encoded:
    """A transformed image.

    Attributes:
        media_type: the real media type; Cloudflare returns WebP or JPEG if AVIF takes too long.
    """

    media_type: str
    content: Buffer
