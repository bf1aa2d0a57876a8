"""The images that a key had made: listed, shown one by one, deleted."""

import re
from datetime import timedelta
from urllib.parse import unquote

from pydantic_core import from_json

from easel.access.authentication import Caller
from easel.access.guards import admit_holder
from easel.errors import InvalidValueError, NotFoundError
from easel.ledger.history import forget_image, get_image
from easel.ledger.history import list_images as list_records
from easel.ledger.records import ImageRecord
from easel.library.retention import expired_before
from easel.library.urls import image_url
from easel.platform.http import Request, Response
from easel.platform.money import usd_text
from easel.services import Services
from easel.wire.query import read_query
from easel.wire.requests import shown
from easel.wire.responses import json_response

_BELOW = "/v1/images/"

# Every id that `images.names` gives.
_ID = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)

# OpenAI's lists take the same numbers. https://platform.openai.com/docs/api-reference/files/list
_DEFAULT_LIMIT = 20
_HIGHEST_LIMIT = 100
_NUMBER = re.compile(r"[1-9]\d{0,2}", re.ASCII)

# What is told of an image as it is on record; what is not known of it is null.
_TOLD = (
    "model",
    "provider",
    "task",
    "prompt",
    "parameters",
    "seed",
    "size",
    "aspect_ratio",
    "output_format",
    "output_compression",
    "revised_prompt",
    "format",
    "width",
    "height",
    "bytes",
    "request_id",
)


async def list_images(request: Request, services: Services) -> Response:
    """`GET /v1/images`: a page of what the caller's key had made, the newest first.

    Raises:
        NotFoundError: the key has no image `after`.
    """
    caller = await admit_holder(request, services)
    asked = read_query(request.query, ("limit", "after"))
    limit, after = _limit(asked.get("limit")), asked.get("after")
    # One more than is shown tells whether there are more.
    records = await services.ledger(list_records, caller.name, limit + 1, after, _since(services))
    if records is None:
        raise NotFoundError(f"No image {shown(after)} is yours to go on after.", param="after")
    page = [await _shown(record, request, services) for record in records[:limit]]
    content = {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": len(records) > limit,
    }
    return json_response(content)


async def show_image(request: Request, services: Services) -> Response:
    """`GET /v1/images/ID`."""
    caller = await admit_holder(request, services)
    record = await find_image(request.path, caller, services)
    return json_response(await _shown(record, request, services))


async def delete_image(request: Request, services: Services) -> Response:
    """`DELETE /v1/images/ID`.

    The object goes first: should the ledger fail then, the image can still be deleted again.
    """
    caller = await admit_holder(request, services)
    record = await find_image(request.path, caller, services)
    await services.bucket.delete([record.key])
    await services.ledger(forget_image, caller.name, record.id)
    return json_response({"id": record.id, "object": "image.deleted", "deleted": True})


async def find_image(path: str, caller: Caller, services: Services) -> ImageRecord:
    """The image that a path names.

    Raises:
        NotFoundError: the key has no such image, or has it no longer.
    """
    name = unquote(path).removeprefix(_BELOW)
    record = None
    if _ID.fullmatch(name):
        record = await services.ledger(get_image, caller.name, name)
    if record is None or record.created < _since(services):
        raise NotFoundError(f"You have no image {shown(name)}.")
    return record


def _since(services: Services) -> float:
    """When an image must have been made to be there still, as a Unix time."""
    limit = expired_before(services)
    return 0.0 if limit is None else limit.timestamp()


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


async def _shown(record: ImageRecord, request: Request, services: Services) -> dict[str, object]:
    settings = services.settings()
    about = from_json(record.about)
    nanodollars, cut = about.get("nanodollars"), about.get("truncated")
    content = {
        "id": record.id,
        "object": "image",
        "created_at": int(record.created),
        "url": await image_url(
            record.key, settings.public_base_url or request.origin, settings, services
        ),
        **{name: about.get(name) for name in _TOLD},
        "cost_usd": None if nanodollars is None else float(usd_text(nanodollars)),
    }
    if cut:
        content["truncated"] = cut.split(",")
    if settings.image_ttl_hours is not None:
        kept = timedelta(hours=settings.image_ttl_hours).total_seconds()
        content["expires_at"] = int(record.created + kept)
    return content
