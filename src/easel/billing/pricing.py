"""What images cost: what the provider says, else what its tokens cost, else the card's arithmetic.

Amounts are whole nanodollars, so that their sums are exact. What is not known is None, never 0.
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

# A thousand neurons are $0.011. https://developers.cloudflare.com/workers-ai/platform/pricing/
_NANODOLLARS_OF_A_NEURON = 11_000

_TILE = 512
_MEGAPIXEL = 1024 * 1024

# The unit of a token, by whether it goes in or comes out, and by its kind in a usage's details.
_TOKENS = {
    "input": {"text_tokens": "input_text_token", "image_tokens": "input_image_token"},
    "output": {"text_tokens": "output_text_token", "image_tokens": "output_image_token"},
}
_TOKEN_UNITS = frozenset(unit for units in _TOKENS.values() for unit in units.values())


@dataclass(frozen=True)
class Work:
    """What the price of one image depends on.

    Attributes:
        size: that the model is asked for.
        steps: of diffusion; None where the provider chooses them.
        inputs: the sizes of the caller's images, as they are sent.
    """

    size: Size
    steps: int | None = None
    inputs: Sequence[Size] = ()


def figure(
    card: ModelCard, work: Work, result_usd: float | None, usage: Usage | None, made: int
) -> int | None:
    """What one call cost, in nanodollars; None where nobody knows.

    Args:
        card: the model's.
        work: what each image takes.
        result_usd: what the provider says that it charged for the call, finite and not negative.
        usage: the call's token counts, where the provider counts tokens.
        made: how many images the call made.
    """
    if result_usd is not None:
        return round(_exactly(result_usd) * NANODOLLARS)
    told = token_cost(card, usage)
    return told if told is not None else price(card, work, made)


def price(card: ModelCard, work: Work, images: int) -> int | None:
    """What so many images cost, in nanodollars, before they are made.

    Images that share a call are charged one by one all the same.

    Returns:
        None where the card has no price, or a charge is for what is not known beforehand, such as
        tokens, or steps that the provider chooses.
    """
    if not card.price or card.is_general:
        return None
    amounts = _amounts(work)
    total = Fraction(0)
    for charge in card.price:
        rate = _rate(charge)
        # What is free is free, however much of it there is.
        if not rate:
            continue
        if charge.unit not in amounts:
            return None
        total += rate * amounts[charge.unit]
    return round(total * images)


def token_cost(card: ModelCard, usage: Usage | None) -> int | None:
    """What the tokens of a call cost, in nanodollars.

    Args:
        card: the model's.
        usage: the call's own, in OpenAI's form.

    Returns:
        None where the card has no price for tokens, or the counts are missing, do not add up,
        include tokens that it has no price for, or come to more than any call costs.
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
    """A number as it is written, rather than as its bits."""
    return Fraction(str(number))


def _rate(charge: Charge) -> Fraction:
    """Nanodollars for one of a charge's unit."""
    if charge.neurons is not None:
        return _exactly(charge.neurons) * _NANODOLLARS_OF_A_NEURON
    return _exactly(charge.usd or 0) * NANODOLLARS


def _amounts(work: Work) -> dict[str, int]:
    """How much of each unit one image takes, as far as that is known beforehand."""
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
    """How many tokens of each unit went in or came out; None where that is not told."""
    total, details = token_count(usage, f"{side}_tokens"), usage.get(f"{side}_tokens_details")
    # No image is made of no tokens: such counts are a form that was filled in.
    if not total:
        return None
    if not isinstance(details, Mapping):
        # A stream does not tell its output apart. https://platform.openai.com/docs/api-reference/images-streaming
        image = units["image_tokens"]
        only = side == "output" and units["text_tokens"] not in rates
        return {image: total} if only else None
    counts = {unit: token_count(details, kind) or 0 for kind, unit in units.items()}
    # Cached ones are cheaper, and how they divide into kinds is not told.
    if sum(counts.values()) != total or details.get("cached_tokens"):
        return None
    return counts
