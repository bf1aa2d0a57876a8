"""What easel needs of the Images binding, and of whoever paints masks."""

from dataclasses import dataclass
from typing import Literal

from easel.platform.buffers import Buffer
from easel.platform.size import Size

ImageFormat = Literal["png", "jpeg", "webp", "gif", "svg"]


class NoMaskError(Exception):
    """A mask marks nothing; the message says why, as the rest of a sentence about it."""


@dataclass(frozen=True)
class Transformation:
    """What is to be made of an image; equal ones make equal images.

    https://developers.cloudflare.com/images/optimization/features/

    Attributes:
        format: what to encode it in: `png`, `jpeg`, `webp`, `avif` or `gif`.
        quality: 1 to 100; None for a format that loses nothing.
        box: the pixels that `fit` speaks of; None leaves the size as it is.
        fit: Cloudflare's word for how the image is brought into the box; None without a box.
    """

    format: str
    quality: int | None = None
    box: Size | None = None
    fit: str | None = None


@dataclass(frozen=True)
class Encoded:
    """A transformed image.

    Attributes:
        media_type: what it is now; Cloudflare makes WebP or JPEG where AVIF would take too long.
    """

    media_type: str
    content: Buffer
