"""Which size to ask a model for, so that the size the caller wants can be delivered."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, sqrt

from easel.catalog import Sizes
from easel.platform.size import Ratio, Size

# Smaller images are of no use, and Cloudflare's resizing is not meant for them.
SMALLEST = 16

# Shapes that differ by less than this share look the same: 1216x832 is called 3:2.
_SAME_SHAPE = 0.03


@dataclass(frozen=True)
class NativeSize:
    """A size that a model makes, and how it is asked for: pixels, or a shape."""

    size: Size
    ratio: Ratio | None = None


@dataclass(frozen=True)
class SizePlan:
    """What is asked of the model, and what is promised to the caller (None: whatever it makes)."""

    native: NativeSize
    promised: Size | None


def plan_size(sizes: Sizes, wanted: Size | Ratio | None) -> SizePlan:
    """Choose the native size from which the wanted one can be made without enlarging.

    A size the model makes is asked of it as it is. Another one is made at the native size that
    loses least to the crop, and of those the smallest, then scaled down and cropped evenly. A
    shape is delivered as large as the model makes it.

    Raises:
        ValueError: nothing the model makes covers the wanted size; the text says what it can.
    """
    if wanted is None:
        return SizePlan(_default(sizes), None)
    if isinstance(wanted, Ratio):
        return _plan_shape(sizes, wanted)
    native = min(
        (native for native in _candidates(sizes, wanted) if native.size.covers(wanted)),
        key=lambda native: (-native.size.kept(wanted), native.size.area),
        default=None,
    )
    if native is None or min(wanted) < SMALLEST:
        raise ValueError(describe(sizes))
    return SizePlan(native, wanted)


def describe(sizes: Sizes) -> str:
    """Say in a phrase which sizes a caller may ask for."""
    if sizes.min is not None:
        return (
            f"WIDTHxHEIGHT with sides from {SMALLEST} to {sizes.max} pixels "
            f"(natively from {sizes.min}; smaller ones are scaled down) or auto"
        )
    natively = " or ".join(str(native.size) for native in _list(sizes))
    return (
        f"{natively}, any smaller WIDTHxHEIGHT that fits within one of them with sides of at "
        f"least {SMALLEST} pixels (scaled down and cropped from it), or auto"
    )


def near(size: Size, sizes: Sizes, largest: int) -> Size:
    """The native size of a range that comes nearest to a given one.

    Args:
        size: what to come near to; its shape is kept as far as the range allows.
        sizes: a range.
        largest: a limit to both sides, in pixels, below the model's own.
    """
    scale = min(1.0, largest / max(size), sqrt((sizes.max_pixels or size.area) / size.area))
    low, high = sizes.min or 1, min(sizes.max or largest, largest)
    scale = max(scale, low / min(size), sqrt((sizes.min_pixels or 0) / size.area))
    return Size(
        *(min(high, max(low, round(side * scale / sizes.step) * sizes.step)) for side in size)
    )


def _default(sizes: Sizes) -> NativeSize:
    return min(_list(sizes), key=lambda native: native.size != sizes.default)


def _list(sizes: Sizes) -> tuple[NativeSize, ...]:
    """Every native size that can be listed, the default first for a range."""
    if sizes.ratios:
        return tuple(NativeSize(_of_shape(ratio, sizes), ratio) for ratio in sizes.ratios)
    return tuple(map(NativeSize, sizes.list or (sizes.default,)))


def _candidates(sizes: Sizes, wanted: Size) -> tuple[NativeSize, ...]:
    if sizes.min is None or sizes.max is None:
        return _list(sizes)
    # Grow both sides alike until the shorter one is long enough and the area is; a longer one that
    # would pass the model's limit stops there, and the crop makes up for it.
    width, height = wanted
    if sizes.max_ratio is not None:
        width = max(width, ceil(height / sizes.max_ratio))
        height = max(height, ceil(width / sizes.max_ratio))
    scale = max(1.0, sizes.min / min(width, height))
    scale = max(scale, sqrt((sizes.min_pixels or 0) / (width * height)))
    native = Size(
        *(min(ceil(side * scale / sizes.step) * sizes.step, sizes.max) for side in (width, height))
    )
    return (NativeSize(native),) if native.area <= (sizes.max_pixels or native.area) else ()


def _plan_shape(sizes: Sizes, wanted: Ratio) -> SizePlan:
    if sizes.min is not None and sizes.max is not None:
        size = near(_of_shape(wanted, sizes), sizes, sizes.max)
        if max(size) <= min(size) * (sizes.max_ratio or max(size)):
            return SizePlan(NativeSize(size), size)
        # Of the longest shape that there is, a part.
        longest = near(_of_shape(_clamped(wanted, sizes), sizes), sizes, sizes.max)
        return SizePlan(NativeSize(longest), _part(longest, wanted))
    for native in _list(sizes):
        actual = native.ratio or Ratio(*native.size)
        if abs(actual.value / wanted.value - 1) < _SAME_SHAPE:
            return SizePlan(native, None if native.ratio else native.size)
    return plan_size(sizes, max(_cut_out(sizes, wanted), key=lambda size: size.area))


def _clamped(wanted: Ratio, sizes: Sizes) -> Ratio:
    most = sizes.max_ratio or wanted.value
    return Ratio(min(most, max(1 / most, wanted.value)), 1)


def _cut_out(sizes: Sizes, wanted: Ratio) -> Iterator[Size]:
    """For each native size, the largest part of it that has the wanted shape."""
    for native in _list(sizes):
        yield _part(native.size, wanted)


def _part(size: Size, wanted: Ratio) -> Size:
    width, height = size
    if width / height > wanted.value:
        return Size(max(1, round(height * wanted.value)), height)
    return Size(width, max(1, round(width / wanted.value)))


def _of_shape(ratio: Ratio, sizes: Sizes) -> Size:
    """Pixels of a shape at the model's usual area."""
    area = sizes.pixels if sizes.ratios else sizes.default.area
    height = sqrt(area / ratio.value)
    return Size(max(1, int(height * ratio.value)), max(1, int(height)))
