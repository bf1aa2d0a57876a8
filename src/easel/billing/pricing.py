"""What images cost: what the provider says, else what its tokens cost, else the card's arithmetic.

Amounts are whole nanodollars, so that their sums are exact. What is not known is None, never 0.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil

from easel.catalog import ModelCard
from easel.catalog.cards import Charge
from easel.generation.execution.model_inputs import sent_size
from easel.generation.planning.inputs import Inputs
from easel.generation.planning.plan import Job
from easel.platform.size import Size
from easel.providers.money import MOST_USD
from easel.wire.usage import Usage, token_count

# In a US dollar.
NANODOLLARS = 10**9
_DIGITS = 9

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


def figure(
    card: ModelCard,
    job: Job,
    result_usd: float | None,
    usage: Usage | None,
    made: int,
    inputs: Inputs | None,
) -> int | None:
    """What one call cost, in nanodollars; None where nobody knows.

    Args:
        card: the model's.
        job: what was asked of the model.
        result_usd: what the provider says that it charged for the call, finite and not negative.
        usage: the call's token counts, where the provider counts tokens.
        made: how many images the call made.
        inputs: the caller's images.
    """
    if result_usd is not None:
        return round(_exactly(result_usd) * NANODOLLARS)
    told = token_cost(card, usage)
    return told if told is not None else price(card, job, made, inputs)


def price(card: ModelCard, job: Job, images: int, inputs: Inputs | None) -> int | None:
    """What so many images of a job cost, in nanodollars, before they are made.

    Images that share a call are charged one by one all the same.

    Returns:
        None where the card has no price, or a charge is for what is not known beforehand, such as
        tokens, or steps that the provider chooses.
    """
    if not card.price or card.is_general:
        return None
    amounts = _amounts(card, job, inputs)
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


def usd_text(nanodollars: int) -> str:
    """An amount in USD as plain decimals, such as `0.0006336`."""
    whole, rest = divmod(nanodollars, NANODOLLARS)
    return f"{whole}.{rest:0{_DIGITS}d}".rstrip("0").rstrip(".")


def _exactly(number: float) -> Fraction:
    """A number as it is written, rather than as its bits."""
    return Fraction(str(number))


def _rate(charge: Charge) -> Fraction:
    """Nanodollars for one of a charge's unit."""
    if charge.neurons is not None:
        return _exactly(charge.neurons) * _NANODOLLARS_OF_A_NEURON
    return _exactly(charge.usd or 0) * NANODOLLARS


def _amounts(card: ModelCard, job: Job, inputs: Inputs | None) -> dict[str, int]:
    """How much of each unit one image takes, as far as that is known beforehand."""
    native = job.native.size
    sent = []
    if inputs is not None and card.images is not None:
        sent = [sent_size(image.facts.size, card.images, native) for image in inputs.images]
    tiles, input_tiles = _tiles(native), sum(map(_tiles, sent))
    amounts = {
        "image": 1,
        "input_image": len(sent),
        "tile": tiles,
        "input_tile": input_tiles,
        "first_megapixel": 1,
        "next_megapixel": _megapixels(native) - 1,
        "input_megapixel": sum(map(_megapixels, sent)),
    }
    steps = _steps(card, job)
    if steps is None:
        return amounts
    return amounts | {
        "step": steps,
        "tile_step": tiles * steps,
        "input_tile_step": input_tiles * steps,
    }


def _steps(card: ModelCard, job: Job) -> int | None:
    parameter = card.parameters.get("steps")
    steps = job.parameters.get("steps", parameter.default if parameter else None)
    return steps if isinstance(steps, int) else None


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
