"""Read the tables once, when the Worker starts; production restores a snapshot of that moment."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from easel.catalog.cards import ModelCard


def load_catalog() -> Mapping[str, ModelCard]:
    """Every model card, by id and by alias, from the tables beside this module.

    Raises:
        ValueError: a table is malformed, or two models claim one name.
    """
    cards: dict[str, ModelCard] = {}
    tables = (entry for entry in files(__package__).iterdir() if entry.name.endswith(".toml"))
    for table in sorted(tables, key=lambda entry: entry.name):
        content = tomllib.loads(table.read_text("utf-8"))
        general = [content.pop("general")] if "general" in content else []
        for model in (*content.pop("models"), *general):
            for card in _read_cards(model, **content):
                for name in (card.id, *card.aliases):
                    if name in cards:
                        raise ValueError(f"two models have the name {name}")
                    cards[name] = card
    return cards


def _read_cards(
    model: dict[str, Any],
    *,
    provider: str,
    shared: Mapping[str, dict[str, Any]] = MappingProxyType({}),
    price_source: str | None = None,
) -> Iterator[ModelCard]:
    """The card of a model, and a card for each of its dated versions.

    The model's table extends the table of `shared` that its `like` names; their parameters are
    merged. Its `snapshots` are the provider's names of the dated versions.
    """
    snapshots = model.pop("snapshots", ())
    common = shared[model.pop("like")] if "like" in model else {}
    parameters = {**common.get("parameters", {}), **model.get("parameters", {})}
    defaults = {"provider": provider}
    if "price" in model and price_source is not None:
        defaults["price_source"] = price_source
    table = {**defaults, **common, **model, "parameters": parameters}
    yield ModelCard.model_validate(table)
    for name in snapshots:
        own = {"id": f"{provider}/{name}", "upstream": name, "aliases": (name,)}
        yield ModelCard.model_validate({**table, **own})


CATALOG = load_catalog()
