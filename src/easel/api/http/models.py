"""The routes that list models and show one."""

from easel.catalog.custom import catalog_with
from easel.generation.planning.models import resolve
from easel.platform.http import Request, Response
from easel.services import Services
from easel.wire.responses import json_response, model_object, models_response


async def list_models(_request: Request, services: Services) -> Response:
    """`GET /v1/models`: every model once, without its aliases."""
    catalog = catalog_with(services.settings().channels)
    # An alias is another key of the same card.
    cards = (card for name, card in catalog.items() if name == card.id and not card.is_general)
    return models_response(cards)


async def show_model(request: Request, services: Services) -> Response:
    """`GET /v1/models/{id}`.

    Raises:
        ModelNotFoundError: no model has this id.
    """
    catalog = catalog_with(services.settings().channels)
    return json_response(model_object(resolve(catalog, request.path_parameters["id"])))
