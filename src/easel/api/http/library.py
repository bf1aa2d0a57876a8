"""The routes of a key's own images: list them, show one, delete one."""

import re

from easel.access.guards import authenticate_holder
from easel.errors import InvalidValueError
from easel.library import images
from easel.library.metadata import describe_image
from easel.platform.http import Request, Response
from easel.services import Services
from easel.wire.query import read_query
from easel.wire.requests import shown
from easel.wire.responses import json_response

# The same numbers as OpenAI's lists. https://platform.openai.com/docs/api-reference/files/list
_DEFAULT_LIMIT = 20
_HIGHEST_LIMIT = 100
_NUMBER = re.compile(r"[1-9]\d{0,2}", re.ASCII)


async def list_images(request: Request, services: Services) -> Response:
    """`GET /v1/images`: a page of the images of the caller's key, newest first.

    Raises:
        NotFoundError: the key has no image with the id `after`.
    """
    caller = await authenticate_holder(request, services)
    query = read_query(request.query, ("limit", "after"))
    limit = _limit(query.get("limit"))
    page = await images.list_images(caller.name, limit, query.get("after"), services)
    base_url = _base_url(request, services)
    data = [await describe_image(record, base_url, services) for record in page.records]
    content = {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": page.has_more,
    }
    return json_response(content)


async def show_image(request: Request, services: Services) -> Response:
    """`GET /v1/images/{id}`.

    Raises:
        NotFoundError: the key has no such image.
    """
    caller = await authenticate_holder(request, services)
    record = await images.find_image(caller.name, request.path_parameters["id"], services)
    return json_response(await describe_image(record, _base_url(request, services), services))


async def delete_image(request: Request, services: Services) -> Response:
    """`DELETE /v1/images/{id}`.

    Raises:
        NotFoundError: the key has no such image.
    """
    caller = await authenticate_holder(request, services)
    record = await images.find_image(caller.name, request.path_parameters["id"], services)
    await images.delete_image(record, services)
    return json_response({"id": record.id, "object": "image.deleted", "deleted": True})


def _base_url(request: Request, services: Services) -> str:
    return services.settings().public_base_url or request.origin


def _limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_LIMIT
    if not _NUMBER.fullmatch(text) or int(text) > _HIGHEST_LIMIT:
        raise InvalidValueError(
            f"Invalid value for 'limit': expected an integer from 1 to {_HIGHEST_LIMIT}, "
            f"got {shown(text)}.",
            param="limit",
        )
    return int(text)
