"""The tables of models, one for each provider, from the catalogue."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from easel.billing.pricing import PricedImage, price
from easel.catalog import CATALOG, ModelCard, Parameter
from easel.platform.money import usd_text
from easel.providers.registry import PROVIDERS

# The most sizes or choices in a cell of a table; longer lists are below the table.
_MOST_IN_A_CELL = 7


def model_tables() -> Iterator[str]:
    """Generate a section for each provider: a table of its models, and long lists.

    The models stand in alphabetical order, except for those of Workers AI, which come first.
    """
    cards: dict[str, list[ModelCard]] = defaultdict(list)
    for name, card in sorted(CATALOG.items()):
        if name == card.id:
            cards[card.provider].append(card)
    for provider in sorted(cards, key=lambda name: (name != "workers-ai", name)):
        yield f"\n## {PROVIDERS[provider].title}"
        yield ""
        yield "| model | tasks | sizes | parameters | price of an image |"
        yield "| --- | --- | --- | --- | --- |"
        long: dict[tuple[str, str], list[str]] = defaultdict(list)
        for card in cards[provider]:
            cells = (_name(card), _tasks(card), _sizes(card, long), _parameters(card, long))
            yield f"| {' | '.join(cells)} | {_price(card)} |"
        yield from _long_lists(long)


# The models that share a list, by its subject and its values.
_Long = dict[tuple[str, str], list[str]]


def _name(card: ModelCard) -> str:
    """Return a model's id as a link to the source of its card, and its aliases."""
    aliases = "".join(f"<br>`{alias}`" for alias in card.aliases)
    return f"[`{card.id}`]({card.source}){aliases}"


def _tasks(card: ModelCard) -> str:
    return ", ".join(_task(task, card) for task in card.tasks)


def _task(task: str, card: ModelCard) -> str:
    if card.images is None or task == "generate":
        return task
    images = f"{card.images.max} image{'s' * (card.images.max > 1)}"
    if task == "vary" or card.mask is None:
        return f"{task} ({images})"
    return f"{task} ({images}, mask {'required' if card.mask.required else 'optional'})"


def _sizes(card: ModelCard, long: _Long) -> str:
    sizes = card.sizes
    if sizes.min is not None:
        return f"any from {sizes.min} to {sizes.max} pixels a side"
    kind = "shapes" if sizes.ratios else "sizes"
    text = _cell(kind, [str(one) for one in sizes.list or sizes.ratios], card, long)
    return f"{text} (vector)" if card.output == "svg" else text


def _parameters(card: ModelCard, long: _Long) -> str:
    return ", ".join(
        f"`{name}`{_range(name, parameter, card, long)}"
        for name, parameter in card.parameters.items()
    )


def _range(name: str, parameter: Parameter, card: ModelCard, long: _Long) -> str:
    if parameter.choices:
        return f" ({_cell(f'values of `{name}`', parameter.choices, card, long)})"
    if parameter.type not in ("integer", "number") or parameter.max is None:
        return ""
    return f" {_number(parameter.min or 0)} to {_number(parameter.max)}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:g}"


def _cell(kind: str, values: Sequence[str], card: ModelCard, long: _Long) -> str:
    """Return the values, or their number if they are too many for a cell."""
    text = ", ".join(values)
    if len(values) <= _MOST_IN_A_CELL:
        return text
    long[kind, text].append(card.id)
    return f"{len(values)} {kind.partition(' ')[0]}, listed below"


def _long_lists(long: _Long) -> Iterator[str]:
    if not long:
        return
    yield ""
    yield "<details><summary>Lists that the table has no room for</summary>"
    yield ""
    for (kind, text), names in long.items():
        models = ", ".join(f"`{name}`" for name in names)
        yield f"- {kind[0].upper()}{kind[1:]} for {models}: {text}"
    yield ""
    yield "</details>"


def _price(card: ModelCard) -> str:
    """Return the price of one image of the default size, in US dollars."""
    size, steps = card.sizes.default, card.parameters.get("steps")
    default = steps.default if steps is not None else None
    sent = (
        card.images.sent_size(size, size) if card.images and "generate" not in card.tasks else None
    )
    work = PricedImage(size, default if isinstance(default, int) else None, [sent] if sent else [])
    nanodollars = price(card, work, 1)
    if nanodollars is not None:
        return "free" if nanodollars == 0 else f"${usd_text(nanodollars)}"
    if any("token" in charge.unit for charge in card.price):
        return "by tokens"
    return "depends on `steps`" if card.price else "not known"
