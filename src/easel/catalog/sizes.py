"""The sizes of a model's images."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer, model_validator

from easel.catalog.table import Table
from easel.platform.size import Ratio, Size, parse_ratio, parse_size


def _size_from_text(value: object) -> object:
    return parse_size(value) if isinstance(value, str) else value


def _ratio_from_text(value: object) -> object:
    return parse_ratio(value) if isinstance(value, str) else value


# Text in the tables and in answers, numbers in the code.
SizeText = Annotated[Size, BeforeValidator(_size_from_text), PlainSerializer(str)]
RatioText = Annotated[Ratio, BeforeValidator(_ratio_from_text), PlainSerializer(str)]


class Sizes(Table):
    """The sizes that a model makes itself.

    They are a `list`, or a range from `min` to `max` pixels a side in multiples of `step`, or
    `ratios` with about `pixels` pixels.

    Attributes:
        default: the size if the request has none.
        min_pixels: the least area of a size in a range, in pixels.
        max_pixels: the greatest area of a size in a range, in pixels.
        max_ratio: the greatest ratio of the longer side to the shorter in a range.
        optional: whether a request without a size is sent without one; the model then chooses.
        sent_as: the form in which the size is sent: `width` and `height`, `size` (WxH),
            `aspect_ratio` (W:H), or not at all.
    """

    default: SizeText
    list: tuple[SizeText, ...] = ()
    min: int | None = None
    max: int | None = None
    step: int = 1
    min_pixels: int | None = None
    max_pixels: int | None = None
    max_ratio: float | None = None
    optional: bool = False
    ratios: tuple[RatioText, ...] = ()
    pixels: int = 1024 * 1024
    sent_as: Literal["width_height", "size", "aspect_ratio", "nothing"]

    @model_validator(mode="after")
    def _one_kind(self) -> "Sizes":
        kinds = (bool(self.list), self.min is not None, bool(self.ratios))
        if sum(kinds) != 1 or (self.min is None) != (self.max is None):
            raise ValueError("sizes are either a list, a range from min to max, or ratios")
        return self
