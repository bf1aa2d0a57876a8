"""Which size to ask a model for, so that the size the caller wants can be delivered."""

from dataclasses import dataclass
from math import ceil

from easel.catalog import Sizes
from easel.size import Size

# Smaller images are of no use, and Cloudflare's resizing is not meant for them.
SMALLEST = 16


@dataclass(frozen=True)
class SizePlan:
    """What is asked of the model, and what is promised to the caller (None: whatever it makes)."""

    native: Size
    promised: Size | None


def plan_size(sizes: Sizes, wanted: Size | None) -> SizePlan:
    """Choose the native size from which the wanted one can be made without enlarging.

    A size the model makes is asked of it as it is. Another one is made at the native size that
    loses least to the crop, and of those the smallest, then scaled down and cropped evenly.

    Raises:
        ValueError: nothing the model makes covers the wanted size; the text says what it can.
    """
    if wanted is None:
        return SizePlan(sizes.default, None)
    native = min(
        (size for size in _candidates(sizes, wanted) if _covers(size, wanted)),
        key=lambda size: (-_kept(size, wanted), _area(size)),
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
    natively = " or ".join(map(str, sizes.list))
    return (
        f"{natively}, any smaller WIDTHxHEIGHT that fits within it with sides of at least "
        f"{SMALLEST} pixels (scaled down and cropped from it), or auto"
    )


def _candidates(sizes: Sizes, wanted: Size) -> tuple[Size, ...]:
    if sizes.min is None or sizes.max is None:
        return sizes.list
    # Grow both sides alike until the shorter one is long enough; a longer one that would pass the
    # model's limit stops there, and the crop makes up for it.
    scale = max(1.0, sizes.min / min(wanted))
    width, height = (min(ceil(side * scale), sizes.max) for side in wanted)
    return (Size(width, height),)


def _covers(size: Size, wanted: Size) -> bool:
    return size.width >= wanted.width and size.height >= wanted.height


def _area(size: Size) -> int:
    return size.width * size.height


def _kept(size: Size, wanted: Size) -> float:
    """The share of a native image that survives the crop to the wanted shape."""
    scale = max(wanted.width / size.width, wanted.height / size.height)
    return _area(wanted) / (_area(size) * scale**2)
