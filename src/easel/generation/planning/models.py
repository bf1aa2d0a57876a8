"""Resolve the name of a model to a chain of model cards."""

from collections.abc import Mapping
from difflib import get_close_matches

from easel.catalog import ModelCard
from easel.errors import InvalidValueError, ModelNotFoundError
from easel.settings.custom_servers import PREFIX, split_list
from easel.wire.model_names import LONGEST_MODEL_NAME
from easel.wire.requests import shown

# One request may try every model of a chain.
_MAX_CHAIN = 8
_MAX_SUGGESTIONS = 4


def resolve_chain(
    catalog: Mapping[str, ModelCard], aliases: Mapping[str, tuple[str, ...]], name: str
) -> tuple[ModelCard, ...]:
    """Resolve a model's name, several names separated by commas, or an owner's alias.

    Args:
        catalog: every model by name.
        aliases: the owner's aliases in lower case; they precede the catalogue's names.
        name: the value of the parameter `model`.

    Returns:
        The models in the order in which they are tried.

    Raises:
        ModelNotFoundError: a model does not exist.
        InvalidValueError: there are too many.
    """
    names = [
        model for part in split_list(name) for model in aliases.get(part.lower(), (part,))
    ] or [name]
    cards = {card.id: card for card in (resolve(catalog, model) for model in names)}
    if len(cards) > _MAX_CHAIN:
        raise InvalidValueError(
            f"Invalid value for 'model': expected at most {_MAX_CHAIN} models, got {len(cards)}.",
            param="model",
        )
    return tuple(cards.values())


def resolve(catalog: Mapping[str, ModelCard], name: str) -> ModelCard:
    """Find a model by id or alias, case-insensitively.

    An unknown id that begins with the prefix of an open-ended provider is passed to that provider.

    Raises:
        ModelNotFoundError: there is no such model; the message suggests the nearest names.
    """
    card = catalog.get(name)
    if card is not None and not card.is_general:
        return card
    names = {known.lower(): known for known, other in catalog.items() if not other.is_general}
    lower = name.lower()
    if lower in names:
        return catalog[names[lower]]
    card = _general(catalog, name) or _first_of(catalog, lower)
    if card is not None and len(name) <= LONGEST_MODEL_NAME:
        return card
    raise ModelNotFoundError(
        f"The model {shown(name)} does not exist. {_suggest(name, names)}", param="model"
    )


def _general(catalog: Mapping[str, ModelCard], name: str) -> ModelCard | None:
    """The general card of a provider, for a model without a card of its own."""
    for card in catalog.values():
        prefix = card.id.removesuffix("*")
        rest = name[len(prefix) :]
        if card.is_general and name.lower().startswith(prefix.lower()) and rest.strip(" /*"):
            return card.model_copy(update={"id": prefix + rest, "upstream": rest})
    return None


def _first_of(catalog: Mapping[str, ModelCard], name: str) -> ModelCard | None:
    """The first model of a custom server, for a name that holds only the server: `custom/ID/`."""
    if not name.startswith(PREFIX) or not name[len(PREFIX) :].strip("/"):
        return None
    return next(
        (
            card
            for card in catalog.values()
            if not card.is_general and card.id.lower().startswith(f"{name.rstrip('/')}/")
        ),
        None,
    )


def _suggest(name: str, names: Mapping[str, str]) -> str:
    # The last part alone finds `flux-schnell` behind a long prefix. The name is cut because the
    # comparison takes quadratic time and callers choose its length.
    lower = name[:100].lower()
    parts: dict[str, list[str]] = {}
    for known in names:
        parts.setdefault(known.rpartition("/")[2], []).append(known)
    near = get_close_matches(lower, names, n=3)
    for part in get_close_matches(lower.rpartition("/")[2], parts, n=3):
        near += parts[part]
    if not near:
        return "GET /v1/models lists the available models."
    # Workers AI first: its models need no credential.
    near.sort(key=lambda known: not known.startswith("@"))
    best = [*dict.fromkeys(near)][:_MAX_SUGGESTIONS]
    return f"Did you mean {' or '.join(names[known] for known in best)}?"
