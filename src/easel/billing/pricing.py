"""Pricing: the cost of a call is the provider's figure, else its token cost, else the card's price.

Amounts are whole nanodollars, so that sums are exact. An unknown cost is None, never 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from easel.catalog import ModelCard
from easel.catalog.cards import Charge
from easel.platform.money import NANODOLLARS
from easel.platform.size import Size
from easel.providers.money import MOST_USD
from easel.wire.usage import Usage, token_count

# A thousand neurons cost $0.011. https://developers.cloudflare.com/workers-ai/platform/pricing/
_NANODOLLARS_OF_A_NEURON = 11_000

_TILE = 512
_MEGAPIXEL = 1024 * 1024

# The price unit of a token, by direction and by its key in the details of a usage.
_TOKENS = {
    "input": {"text_tokens": "input_text_token", "image_tokens": "input_image_token"},
    "output": {"text_tokens": "output_text_token", "image_tokens": "output_image_token"},
}
_TOKEN_UNITS = frozenset(unit for units in _TOKENS.values() for unit in units.values())


@dataclass(frozen=True)
class PricedImage:
    """The quantities on which the price of one image depends.

    Attributes:
        size: of the image that the model makes.
        steps: of diffusion; None if the provider chooses them.
        inputs: the sizes of the input images, as they are sent to the provider.
    """

    size: Size
    steps: int | None = None
    inputs: Sequence[Size] = ()


def call_cost(
    card: ModelCard, work: PricedImage, result_usd: float | None, usage: Usage | None, made: int
) -> int | None:
    """Return the cost of one call in nanodollars; None if it is unknown.

    Args:
        card: of the model.
        work: for each image.
        result_usd: the charge that the provider reports for the call, finite and not negative.
        usage: the call's token counts, if the provider reports them.
        made: the number of images that the call made.
    """
    if result_usd is not None:
        return round(_exactly(result_usd) * NANODOLLARS)
    cost = token_cost(card, usage)
    return cost if cost is not None else price(card, work, made)


def price(card: ModelCard, work: PricedImage, images: int) -> int | None:
    """Return the price of images in nanodollars, before they are made.

    Images of one call are priced one by one.

    Returns:
        None if the card has no price, or if a charge depends on a quantity that is not known
        beforehand, such as tokens, or steps that the provider chooses.
    """
    if not card.price or card.is_general:
        return None
    amounts = _amounts(work)
    total = Fraction(0)
    for charge in card.price:
        rate = _rate(charge)
        # A rate of 0 costs nothing even if the quantity is unknown.
        if not rate:
            continue
        if charge.unit not in amounts:
            return None
        total += rate * amounts[charge.unit]
    return round(total * images)


def token_cost(card: ModelCard, usage: Usage | None) -> int | None:
    """Return the cost of a call's tokens in nanodollars.

    Args:
        card: of the model.
        usage: of this call, in OpenAI's format.

    Returns:
        None if the card has no token prices, or if the counts are missing, do not add up, include
        tokens without a price, or exceed the highest plausible cost of a call.
    """
    rates: dict[str, Fraction] = {charge.unit: _rate(charge) for charge in card.price}
    if usage is None or not rates or not _TOKEN_UNITS.issuperset(rates):
        return None
    total = Fraction(0)
    for side, units in _TOKENS.items():
        counts = _counts(usage, side, units, rates)
        if counts is None:
            return None
        for unit, count in counts.items():
            if count and unit not in rates:
                return None
            total += count * rates.get(unit, 0)
    return round(total) if total <= MOST_USD * NANODOLLARS else None


def _exactly(number: float) -> Fraction:
    """Return the decimal number that a float is written as, not its binary approximation."""
    return Fraction(str(number))


def _rate(charge: Charge) -> Fraction:
    """Return the nanodollars for one unit of a charge."""
    if charge.neurons is not None:
        return _exactly(charge.neurons) * _NANODOLLARS_OF_A_NEURON
    return _exactly(charge.usd or 0) * NANODOLLARS


def _amounts(work: PricedImage) -> dict[str, int]:
    """Return the quantity of each unit for one image, as far as it is known beforehand."""
    tiles, input_tiles = _tiles(work.size), sum(map(_tiles, work.inputs))
    amounts = {
        "image": 1,
        "input_image": len(work.inputs),
        "tile": tiles,
        "input_tile": input_tiles,
        "first_megapixel": 1,
        "next_megapixel": _megapixels(work.size) - 1,
        "input_megapixel": sum(map(_megapixels, work.inputs)),
    }
    if work.steps is None:
        return amounts
    return amounts | {
        "step": work.steps,
        "tile_step": tiles * work.steps,
        "input_tile_step": input_tiles * work.steps,
    }


def _tiles(size: Size) -> int:
    return ceil(size.width / _TILE) * ceil(size.height / _TILE)


def _megapixels(size: Size) -> int:
    return ceil(size.area / _MEGAPIXEL)


def _counts(
    usage: Usage, side: str, units: Mapping[str, str], rates: Mapping[str, Fraction]
) -> dict[str, int] | None:
    """Return the tokens of each unit in one direction; None if the usage does not state them."""
    total, details = token_count(usage, f"{side}_tokens"), usage.get(f"{side}_tokens_details")
    # An image needs tokens, so a count of 0 is a placeholder.
    if not total:
        return None
    if not isinstance(details, Mapping):
        # A stream does not break its output down. https://platform.openai.com/docs/api-reference/images-streaming
        image = units["image_tokens"]
        only = side == "output" and units["text_tokens"] not in rates
        return {image: total} if only else None
    counts = {unit: token_count(details, kind) or 0 for kind, unit in units.items()}
    # Cached tokens are cheaper, and the usage does not say of which kind they are.
    if sum(counts.values()) != total or details.get("cached_tokens"):
        return None
    return counts
