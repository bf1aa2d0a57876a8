"""Step two: find the model that a name means."""

from collections.abc import Mapping
from difflib import get_close_matches

from easel.catalog import ModelCard
from easel.errors import ModelNotFoundError
from easel.wire.requests import shown


def resolve(catalog: Mapping[str, ModelCard], name: str) -> ModelCard:
    """Find a model by id or alias, in any case.

    Raises:
        ModelNotFoundError: with the nearest names.
    """
    card = catalog.get(name)
    if card is not None:
        return card
    names = {known.lower(): known for known in catalog}
    if name.lower() in names:
        return catalog[names[name.lower()]]
    raise ModelNotFoundError(
        f"The model {shown(name)} does not exist. {_suggest(name, names)}", param="model"
    )


def _suggest(name: str, names: Mapping[str, str]) -> str:
    # The last part alone finds `flux-schnell` behind a long prefix. A name is cut because the
    # comparison is quadratic and callers choose its length.
    wanted = name[:100].lower()
    parts = {known.rpartition("/")[2]: known for known in names}
    near = [
        *get_close_matches(wanted, names, n=3),
        *(parts[part] for part in get_close_matches(wanted.rpartition("/")[2], parts, n=3)),
    ]
    if not near:
        return "GET /v1/models lists those that do."
    return f"Did you mean {' or '.join(names[known] for known in dict.fromkeys(near))}?"
