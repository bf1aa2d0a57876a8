"""The parameters of an endpoint of fal.

https://fal.ai/models and the types in https://www.npmjs.com/package/@fal-ai/client
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image

from fakes.fields import Fields
from fakes.kinds import Kinds, check
from fakes.studio import Order

_NAMED_SIZES = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
_LONGEST_SIDE = 14142


@dataclass(frozen=True)
class Model:
    """An endpoint.

    Attributes:
        takes: its parameters beside the prompt and those below.
        sizes: by `aspect_ratio`, or by the name that is the `image_size`.
        size: the default; None for the size of the input image.
        takes_size: whether it takes an `image_size` of any width and height.
        images: the field of its images and their greatest number; a list if the field ends in `s`.
        mask: whether it needs a mask.
        counts: whether it takes `num_images`.
        formats: the output formats, the default first. A single one cannot be requested.
        format_field: the name of the parameter.
    """

    takes: Kinds = field(default_factory=dict)
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    size: tuple[int, int] | None = (1024, 768)
    takes_size: bool = True
    images: tuple[str, int] | None = None
    mask: bool = False
    counts: bool = True
    formats: tuple[str, ...] = ("jpeg", "png")
    format_field: str = "output_format"

    def read(self, values: Mapping[str, object], fields: Fields) -> Order:
        """The order of a valid request.

        Raises:
            RefusedError: the request is not valid.
        """
        fields.needed_text("prompt")
        check(fields, {**self.takes, "sync_mode": bool})
        image = self._images(fields)
        if self.mask:
            fields.needed_text("mask_url")
        return Order(
            size=self._size(values, fields) or self.size or _size_of(image),
            format=fields.choice(self.format_field, self.formats) or self.formats[0],
            count=fields.integer("num_images", 1, 4) or 1,
        )

    @property
    def fields(self) -> set[str]:
        """The names of all its parameters."""
        known = {"prompt", "sync_mode", *self.takes}
        known |= {self.images[0]} if self.images else set()
        known |= {"mask_url"} if self.mask else set()
        known |= {"num_images"} if self.counts else set()
        known |= {self.format_field} if len(self.formats) > 1 else set()
        known |= {"image_size"} if self.takes_size else set()
        return known | ({"aspect_ratio"} if any(":" in name for name in self.sizes) else set())

    def _images(self, fields: Fields) -> str:
        if self.images is None:
            return ""
        name, most = self.images
        if not name.endswith("s"):
            return fields.needed_text(name)
        if not (images := fields.texts(name, most)):
            raise fields.refused(name, "missing", "Field required")
        return images[0]

    def _size(self, values: Mapping[str, object], fields: Fields) -> tuple[int, int] | None:
        requested = values.get("image_size")
        if isinstance(requested, dict):
            sides = (requested.get("width"), requested.get("height"))
            if not all(isinstance(side, int) and 0 < side <= _LONGEST_SIDE for side in sides):
                raise fields.refused("image_size", "less_than_equal", "Input should be less")
            return sides  # type: ignore[return-value]
        shapes = {**self.sizes, **(_NAMED_SIZES if self.takes_size and not self.sizes else {})}
        name = "aspect_ratio" if "aspect_ratio" in values else "image_size"
        chosen = fields.choice(name, shapes)
        return shapes[chosen] if chosen else None


def _size_of(image: str) -> tuple[int, int]:
    """The size of a data URL's image."""
    head, _, content = image.partition("base64,")
    if not head.startswith("data:"):
        return 1024, 1024
    return Image.open(BytesIO(base64.b64decode(content))).size
