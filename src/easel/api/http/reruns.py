"""Make a stored image again, from what the history says of it."""

from collections.abc import Mapping, Set
from typing import Any

from pydantic_core import from_json

from easel.access.guards import admit_holder
from easel.api.http.library import find_image
from easel.catalog import ModelCard
from easel.catalog.cards import Task
from easel.catalog.custom import catalog_with
from easel.errors import (
    InvalidValueError,
    MissingParameterError,
    ModelNotFoundError,
)
from easel.generation.incoming import Incoming
from easel.generation.pipeline import make_images
from easel.generation.planning.models import resolve, resolve_chain
from easel.generation.planning.parameters import names_of
from easel.jobs.submit import submit_job
from easel.platform.http import Request, Response
from easel.services import Services
from easel.settings.settings import Settings
from easel.wire.bodies import read_edit, read_generation
from easel.wire.requests import ImageRequest, parse_fields
from easel.wire.sources import Sources

_ENDING = "/rerun"

# Of these the caller's are taken together, or the record's.
_SIZES = frozenset({"size", "width", "height", "aspect_ratio"})


async def rerun_image(request: Request, services: Services) -> Response:
    """`POST /v1/images/ID/rerun`: an image with the fields of another, except for those given.

    Raises:
        NotFoundError: the key has no such image.
        MissingParameterError: images are needed that are not kept, or a text that was cut.
        CallerError: what the route that made the image objects to.
    """
    caller = await admit_holder(request, services)
    record = await find_image(request.path.removesuffix(_ENDING), caller, services)
    about = from_json(record.about)
    task: Task = about.get("task", "generate")
    given, sources = await _read(request, task)
    body = rerun_of(about, given, services.settings())
    incoming = Incoming(request, body, task, sources, caller)
    return await make_images(incoming, services, submit_job)


async def _read(request: Request, task: Task) -> tuple[ImageRequest, Sources | None]:
    """Read the body, which may be empty, and the images in it."""
    if task == "generate":
        return await read_generation(request, may_be_empty=True), None
    given, sources = await read_edit(request, may_be_empty=True)
    if not sources.images:
        raise MissingParameterError(
            "Missing required parameter: 'image'. This image was made from others, which are not "
            "kept: a rerun needs them again, as a form or JSON.",
            param="image",
        )
    return given, sources


def rerun_of(about: Mapping[str, Any], given: ImageRequest, settings: Settings) -> ImageRequest:
    """The request that makes an image again.

    Args:
        about: what is on record of the image.
        given: what is to be different; a null takes away what is on record.
        settings: with the owner's models.

    Raises:
        ModelNotFoundError: there is no such model any more.
        MissingParameterError: a field that was cut is not given.
        InvalidValueError: `background` is given as what it is not on record.
    """
    catalog = catalog_with(settings.channels)
    model = str(about["model"])
    chain = resolve_chain(catalog, settings.model_aliases, given.model or model)
    try:
        maker = resolve(catalog, model)
    except ModelNotFoundError:
        maker = None
    names = given.model_fields_set | set(given.model_extra or {})
    for card in chain:
        ours = names_of(card.parameters)
        names |= {ours[name] for name in names if name in ours}
    _check_cut(str(about.get("truncated", "")), names)
    fields = _fields(about, maker)
    if maker is not None and [card.id for card in chain] != [maker.id]:
        fields = _without_its_own(fields, maker, str(about.get("task")))
    if given.is_background and "background" in fields:
        raise InvalidValueError(
            "Invalid value for 'background': the image was made with "
            f"'{fields['background']}' as its background, and one field cannot say both. Send "
            "the header 'Prefer: respond-async' instead.",
            param="background",
        )
    replaced = names | (_SIZES if names & _SIZES else frozenset())
    kept = {name: value for name, value in fields.items() if name not in replaced}
    recipe = parse_fields(kept, text=False)
    return given.model_copy(update={name: getattr(recipe, name) for name in kept})


def _fields(about: Mapping[str, Any], maker: ModelCard | None) -> dict[str, Any]:
    """What is on record, as the fields of a request; what is empty was not asked for."""
    known = ("model", "prompt", "size", "aspect_ratio", "output_format", "output_compression")
    fields = {name: about[name] for name in known if about.get(name) not in (None, "")}
    fields |= about.get("parameters", {})
    # Some models tell a seed but take none.
    if about.get("seed") is not None and (maker is None or "seed" in maker.parameters):
        fields["seed"] = about["seed"]
    return fields


def _without_its_own(fields: dict[str, Any], maker: ModelCard, task: str) -> dict[str, Any]:
    """The fields without what a model was sent unasked, which means nothing to another one."""
    own = {name: one.default for name, one in maker.parameters.items() if one.sends_default}
    if task == "vary" and maker.variation is not None:
        own |= maker.variation.parameters
    return {name: value for name, value in fields.items() if name not in own or own[name] != value}


def _check_cut(truncated: str, names: Set[str]) -> None:
    missing = [name for name in truncated.split(",") if name and name not in names]
    if missing:
        raise MissingParameterError(
            f"Missing required parameter: '{missing[0]}'. What is on record of it was cut, since "
            "the image was found again after an interruption: give it anew.",
            param=missing[0],
        )
