"""Read the tables once, when the Worker starts (in production that moment is snapshotted)."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files

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
        for model in content["models"]:
            card = ModelCard.model_validate({"provider": content["provider"], **model})
            for name in (card.id, *card.aliases):
                if name in cards:
                    raise ValueError(f"two models are called {name}")
                cards[name] = card
    return cards


CATALOG = load_catalog()
