"""Step two: find the models that a name means."""

from collections.abc import Mapping
from difflib import get_close_matches

from easel.catalog import ModelCard
from easel.errors import InvalidValueError, ModelNotFoundError
from easel.settings.custom_servers import PREFIX, split_list
from easel.wire.model_names import LONGEST_MODEL_NAME
from easel.wire.requests import shown

# Each model of a chain may be tried in turn within one request.
_LONGEST_CHAIN = 8
_MOST_SUGGESTIONS = 4


def resolve_chain(
    catalog: Mapping[str, ModelCard], aliases: Mapping[str, tuple[str, ...]], name: str
) -> tuple[ModelCard, ...]:
    """Find the models to try in turn: one, several with commas between, or an owner's alias.

    Args:
        catalog: every model.
        aliases: the owner's, in lower case; they go before the catalogue's names.
        name: what the caller called `model`.

    Raises:
        ModelNotFoundError: one does not exist.
        InvalidValueError: there are too many.
    """
    names = [
        model for part in split_list(name) for model in aliases.get(part.lower(), (part,))
    ] or [name]
    cards = {card.id: card for card in (resolve(catalog, one) for one in names)}
    if len(cards) > _LONGEST_CHAIN:
        raise InvalidValueError(
            f"Invalid value for 'model': at most {_LONGEST_CHAIN} models are tried in turn.",
            param="model",
        )
    return tuple(cards.values())


def resolve(catalog: Mapping[str, ModelCard], name: str) -> ModelCard:
    """Find a model by id or alias, in any case.

    An id that the catalogue lacks is the provider's business if it begins with a provider's prefix.

    Raises:
        ModelNotFoundError: with the nearest names.
    """
    card = catalog.get(name)
    if card is not None and not card.is_general:
        return card
    names = {known.lower(): known for known, other in catalog.items() if not other.is_general}
    wanted = name.lower()
    if wanted in names:
        return catalog[names[wanted]]
    card = _general(catalog, name) or _first_of(catalog, wanted)
    if card is not None and len(name) <= LONGEST_MODEL_NAME:
        return card
    raise ModelNotFoundError(
        f"The model {shown(name)} does not exist. {_suggest(name, names)}", param="model"
    )


def _general(catalog: Mapping[str, ModelCard], name: str) -> ModelCard | None:
    """The card of all models of a provider, for one that has none of its own."""
    for card in catalog.values():
        prefix = card.id.removesuffix("*")
        rest = name[len(prefix) :]
        if card.is_general and name.lower().startswith(prefix.lower()) and rest.strip(" /*"):
            return card.model_copy(update={"id": prefix + rest, "upstream": rest})
    return None


def _first_of(catalog: Mapping[str, ModelCard], wanted: str) -> ModelCard | None:
    """The first model of a custom channel that is named alone: `custom/ID/`."""
    if not wanted.startswith(PREFIX) or not wanted[len(PREFIX) :].strip("/"):
        return None
    return next(
        (
            card
            for card in catalog.values()
            if not card.is_general and card.id.lower().startswith(f"{wanted.rstrip('/')}/")
        ),
        None,
    )


def _suggest(name: str, names: Mapping[str, str]) -> str:
    # The last part alone finds `flux-schnell` behind a long prefix. A name is cut because the
    # comparison is quadratic and callers choose its length.
    wanted = name[:100].lower()
    parts: dict[str, list[str]] = {}
    for known in names:
        parts.setdefault(known.rpartition("/")[2], []).append(known)
    near = get_close_matches(wanted, names, n=3)
    for part in get_close_matches(wanted.rpartition("/")[2], parts, n=3):
        near += parts[part]
    if not near:
        return "GET /v1/models lists those that do."
    # Those that need no credential first.
    near.sort(key=lambda known: not known.startswith("@"))
    best = [*dict.fromkeys(near)][:_MOST_SUGGESTIONS]
    return f"Did you mean {' or '.join(names[known] for known in best)}?"
