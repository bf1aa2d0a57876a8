"""Models as data: tables in `*.toml`, read into model cards when the Worker starts."""

from easel.catalog.cards import ModelCard, Parameter
from easel.catalog.loader import CATALOG
from easel.catalog.sizes import Sizes

__all__ = ["CATALOG", "ModelCard", "Parameter", "Sizes"]
