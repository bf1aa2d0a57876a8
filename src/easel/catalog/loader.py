"""Read the tables once, when the Worker starts (in production that moment is snapshotted)."""

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
                        raise ValueError(f"two models are called {name}")
                    cards[name] = card
    return cards


def _read_cards(
    model: dict[str, Any],
    *,
    provider: str,
    shared: Mapping[str, dict[str, Any]] = MappingProxyType({}),
    price_source: str | None = None,
) -> Iterator[ModelCard]:
    """Complete a model's table with what its `like` names in `shared`; parameters are joined.

    Its `snapshots` are the provider's names of dated versions, which are models of the same kind.
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
