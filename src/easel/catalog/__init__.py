"""The models as data: tables in `*.toml`, read into model cards when the Worker starts."""

from easel.catalog.cards import ModelCard, Parameter, Sizes
from easel.catalog.loader import CATALOG

__all__ = ["CATALOG", "ModelCard", "Parameter", "Sizes"]
