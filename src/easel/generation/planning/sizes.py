"""Choose the native size of a model from which the requested size can be made."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, sqrt

from easel.catalog import Sizes
from easel.platform.size import Ratio, Size

# The shortest side in pixels. Smaller images are useless and Cloudflare's resizing is not meant
# for them.
MIN_SIDE = 16

# Aspect ratios that differ by less than this share look the same: 1216x832 is called 3:2.
_RATIO_TOLERANCE = 0.03


@dataclass(frozen=True)
class NativeSize:
    """A size that a model generates; `ratio` is set where the provider takes an aspect ratio."""

    size: Size
    ratio: Ratio | None = None


@dataclass(frozen=True)
class SizePlan:
    """The size to request from the model, and the size promised to the caller (None: any)."""

    native: NativeSize
    promised: Size | None


def plan_size(sizes: Sizes, requested: Size | Ratio | None) -> SizePlan:
    """Choose the native size from which the requested one can be made without enlarging.

    A native size is used as it is. For another size, the native size that loses least to the crop
    is chosen, and of those the smallest; the image is then scaled down and cropped evenly. An
    aspect ratio is delivered as large as the model generates it.

    Raises:
        ValueError: no native size covers the requested one; the message describes the valid sizes.
    """
    if requested is None:
        return SizePlan(_default(sizes), None)
    if isinstance(requested, Ratio):
        return _plan_ratio(sizes, requested)
    native = min(
        (native for native in _candidates(sizes, requested) if native.size.covers(requested)),
        key=lambda native: (-native.size.kept(requested), native.size.area),
        default=None,
    )
    if native is None or min(requested) < MIN_SIDE:
        raise ValueError(describe(sizes))
    return SizePlan(native, requested)


def describe(sizes: Sizes) -> str:
    """Describe in a phrase the sizes that a caller may request."""
    if sizes.min is not None:
        return (
            f"WIDTHxHEIGHT with sides from {MIN_SIDE} to {sizes.max} pixels "
            f"(natively from {sizes.min}; smaller ones are scaled down) or auto"
        )
    native_sizes = " or ".join(str(native.size) for native in _list(sizes))
    return (
        f"{native_sizes}, any smaller WIDTHxHEIGHT that fits within one of them with sides of at "
        f"least {MIN_SIDE} pixels (scaled down and cropped from it), or auto"
    )


def nearest_native(size: Size, sizes: Sizes, max_side: int) -> Size:
    """The native size of a range that is nearest to a given size.

    Args:
        size: the given size; its aspect ratio is preserved as far as the range allows.
        sizes: the range.
        max_side: a further limit to both sides, in pixels.
    """
    scale = min(1.0, max_side / max(size), sqrt((sizes.max_pixels or size.area) / size.area))
    low, high = sizes.min or 1, min(sizes.max or max_side, max_side)
    scale = max(scale, low / min(size), sqrt((sizes.min_pixels or 0) / size.area))
    return Size(
        *(min(high, max(low, round(side * scale / sizes.step) * sizes.step)) for side in size)
    )


def _default(sizes: Sizes) -> NativeSize:
    return min(_list(sizes), key=lambda native: native.size != sizes.default)


def _list(sizes: Sizes) -> tuple[NativeSize, ...]:
    """The native sizes; for a range, its default only."""
    if sizes.ratios:
        return tuple(NativeSize(_size_of_ratio(ratio, sizes), ratio) for ratio in sizes.ratios)
    return tuple(map(NativeSize, sizes.list or (sizes.default,)))


def _candidates(sizes: Sizes, requested: Size) -> tuple[NativeSize, ...]:
    if sizes.min is None or sizes.max is None:
        return _list(sizes)
    # Both sides grow by the same factor until the shorter side and the area are large enough. The
    # longer side stops at the model's limit, and the crop restores the aspect ratio.
    width, height = requested
    if sizes.max_ratio is not None:
        width = max(width, ceil(height / sizes.max_ratio))
        height = max(height, ceil(width / sizes.max_ratio))
    scale = max(1.0, sizes.min / min(width, height))
    scale = max(scale, sqrt((sizes.min_pixels or 0) / (width * height)))
    native = Size(
        *(min(ceil(side * scale / sizes.step) * sizes.step, sizes.max) for side in (width, height))
    )
    return (NativeSize(native),) if native.area <= (sizes.max_pixels or native.area) else ()


def _plan_ratio(sizes: Sizes, requested: Ratio) -> SizePlan:
    if sizes.min is not None and sizes.max is not None:
        size = nearest_native(_size_of_ratio(requested, sizes), sizes, sizes.max)
        if max(size) <= min(size) * (sizes.max_ratio or max(size)):
            return SizePlan(NativeSize(size), size)
        # A part of the most elongated size that the model generates.
        longest = nearest_native(_size_of_ratio(_clamp(requested, sizes), sizes), sizes, sizes.max)
        return SizePlan(NativeSize(longest), _part(longest, requested))
    for native in _list(sizes):
        actual = native.ratio or Ratio(*native.size)
        if same_ratio(actual, requested):
            return SizePlan(native, None if native.ratio else native.size)
    return plan_size(sizes, max(_crops(sizes, requested), key=lambda size: size.area))


def _clamp(requested: Ratio, sizes: Sizes) -> Ratio:
    most = sizes.max_ratio or requested.value
    return Ratio(min(most, max(1 / most, requested.value)), 1)


def _crops(sizes: Sizes, requested: Ratio) -> Iterator[Size]:
    """For each native size, its largest part with the requested aspect ratio."""
    for native in _list(sizes):
        yield _part(native.size, requested)


def _part(size: Size, requested: Ratio) -> Size:
    width, height = size
    if width / height > requested.value:
        return Size(max(1, round(height * requested.value)), height)
    return Size(width, max(1, round(width / requested.value)))


def same_ratio(one: Size | Ratio, other: Size | Ratio) -> bool:
    """Whether two aspect ratios look the same."""
    return abs(one.width * other.height / (one.height * other.width) - 1) < _RATIO_TOLERANCE


def _size_of_ratio(ratio: Ratio, sizes: Sizes) -> Size:
    """The size with an aspect ratio at the model's usual area."""
    area = sizes.pixels if sizes.ratios else sizes.default.area
    height = sqrt(area / ratio.value)
    return Size(max(1, int(height * ratio.value)), max(1, int(height)))
