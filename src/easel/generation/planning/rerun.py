"""Build the request that makes a stored image again, from the image's record."""

from collections.abc import Mapping, Set
from typing import Any

from easel.catalog import ModelCard
from easel.catalog.custom import catalog_with
from easel.errors import InvalidValueError, MissingParameterError, ModelNotFoundError
from easel.generation.planning.models import resolve, resolve_chain
from easel.generation.planning.parameters import accepted_names
from easel.settings.settings import Settings
from easel.wire.requests import ImageRequest, parse_fields

# If the caller sends one of these fields, none of the record's is used.
_SIZES = frozenset({"size", "width", "height", "aspect_ratio"})


def rerun_of(about: Mapping[str, Any], given: ImageRequest, settings: Settings) -> ImageRequest:
    """Merge the record of an image with the fields that the caller sends.

    Args:
        about: the record of the image.
        given: the caller's fields, which replace the record's; a null removes one.
        settings: with the owner's models.

    Raises:
        ModelNotFoundError: the model does not exist any more.
        MissingParameterError: the record has only a part of a field that the caller did not send.
        InvalidValueError: `background` asks for a job, but the record uses it for the image.
    """
    catalog = catalog_with(settings.channels)
    model = str(about["model"])
    chain = resolve_chain(catalog, settings.model_aliases, given.model or model)
    try:
        recorded = resolve(catalog, model)
    except ModelNotFoundError:
        recorded = None
    names = given.model_fields_set | set(given.model_extra or {})
    for card in chain:
        aliases = accepted_names(card.parameters)
        names |= {aliases[name] for name in names if name in aliases}
    _check_truncated(str(about.get("truncated", "")), names)
    fields = _recorded_fields(about, recorded)
    if recorded is not None and [card.id for card in chain] != [recorded.id]:
        fields = _without_defaults(fields, recorded, str(about.get("task")))
    if given.is_background and "background" in fields:
        raise InvalidValueError(
            "Invalid value for 'background': the image was made with "
            f"'{fields['background']}' as its background, and the same field cannot also ask for a "
            "job. Send the header 'Prefer: respond-async' to get a job.",
            param="background",
        )
    replaced = names | (_SIZES if names & _SIZES else frozenset())
    kept = {name: value for name, value in fields.items() if name not in replaced}
    recipe = parse_fields(kept, text=False)
    return given.model_copy(update={name: getattr(recipe, name) for name in kept})


def _recorded_fields(about: Mapping[str, Any], card: ModelCard | None) -> dict[str, Any]:
    """Return the record as the fields of a request; an empty value was not in the request."""
    known = ("model", "prompt", "size", "aspect_ratio", "output_format", "output_compression")
    fields = {name: about[name] for name in known if about.get(name) not in (None, "")}
    fields |= about.get("parameters", {})
    # Some models return a seed but accept none.
    if about.get("seed") is not None and (card is None or "seed" in card.parameters):
        fields["seed"] = about["seed"]
    return fields


def _without_defaults(fields: dict[str, Any], card: ModelCard, task: str) -> dict[str, Any]:
    """Remove the defaults that easel sent to a model; another model has its own."""
    defaults = {name: one.default for name, one in card.parameters.items() if one.sends_default}
    if task == "vary" and card.variation is not None:
        defaults |= card.variation.parameters
    return {
        name: value
        for name, value in fields.items()
        if name not in defaults or defaults[name] != value
    }


def _check_truncated(truncated: str, names: Set[str]) -> None:
    missing = [name for name in truncated.split(",") if name and name not in names]
    if missing:
        raise MissingParameterError(
            f"Missing required parameter: '{missing[0]}'. The image was recovered after an "
            "interruption, and its record has only a part of this field: send it again.",
            param=missing[0],
        )
