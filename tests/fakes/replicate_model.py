"""The parameters of a model on Replicate: its page shows a schema under "API".

https://replicate.com/explore
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fakes.fields import Fields, parse_size
from fakes.kinds import Kinds, check
from fakes.studio import Order

Shapes = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Model:
    """The parameters of a model and the form of its answer.

    Attributes:
        takes: its parameters beside the prompt and those below.
        shapes: by `aspect_ratio`.
        size: the default.
        images: the field of its images and their greatest number; a list if more than one.
        most: the greatest `num_outputs`.
        formats: the output formats, the default first. A single one cannot be requested.
        output: a `list`, a `string` or an `object`.
        version: required to run a community model.
    """

    takes: Kinds = field(default_factory=dict)
    shapes: Shapes = field(default_factory=dict)
    size: tuple[int, int] = (1024, 1024)
    images: tuple[str, int] | None = None
    most: int = 1
    formats: tuple[str, ...] = ("webp", "jpg", "png")
    output: str = "string"
    version: str | None = None

    @property
    def fields(self) -> set[str]:
        """The names of all its parameters."""
        known = {"prompt", *self.takes}
        known |= {self.images[0]} if self.images else set()
        known |= {"aspect_ratio"} if self.shapes else set()
        known |= {"num_outputs"} if self.most > 1 else set()
        return known | ({"output_format"} if len(self.formats) > 1 else set())

    def read(self, fields: Fields) -> Order:
        """The order of a valid request.

        Raises:
            RefusedError: the request is not valid.
        """
        fields.needed_text("prompt")
        check(fields, self.takes)
        if self.images:
            name, most = self.images
            _ = fields.texts(name, most) if most > 1 else fields.text(name)
        kind = fields.choice("output_format", self.formats) or self.formats[0]
        return Order(
            size=self._size(fields),
            format="jpeg" if kind == "jpg" else kind,
            count=fields.integer("num_outputs", 1, self.most) or 1,
        )

    def _size(self, fields: Fields) -> tuple[int, int]:
        custom = "custom" in (fields.raw("aspect_ratio"), fields.raw("size"))
        if custom or not self.shapes:
            width, height = fields.raw("width"), fields.raw("height")
            if isinstance(width, int) and isinstance(height, int):
                return width, height
            return parse_size(str(fields.raw("size"))) or self.size
        width, height = self.shapes[fields.choice("aspect_ratio", self.shapes) or self._usual]
        scale = {"2K": 2, "4K": 4}.get(str(fields.raw("resolution")), 1)
        return width * scale, height * scale

    @property
    def _usual(self) -> str:
        return next(name for name, size in self.shapes.items() if size == self.size)
