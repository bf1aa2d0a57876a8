"""What is written down of a request that is put off: all that it takes to carry it out later."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from easel.access.authentication import Caller
from easel.catalog.cards import Task
from easel.errors import GoneError
from easel.generation.lifecycle.follow_up import input_key
from easel.generation.planning.request import PlannedRequest
from easel.services import Services
from easel.wire.requests import ImageRequest, parse_fields
from easel.wire.sources import Source, Sources


@dataclass(frozen=True)
class StoredRequest:
    """A request that is put off. Nothing in it is secret.

    Attributes:
        task: what is done.
        fields: of the body, the models that were chosen among them.
        is_text: whether the body was a form.
        images: how the caller called each image; they lie in the bucket in this order.
        mask: how the caller called the mask, which lies behind them; None without one.
        caller: who pays. It brought no tokens, which are never stored.
        request_id: of the request that asked for it, as its answer named it.
    """

    task: Task
    fields: dict[str, Any]
    is_text: bool
    images: tuple[str, ...]
    mask: str | None
    caller: Caller
    request_id: str


_STORED = TypeAdapter(StoredRequest)


def store_request(planned: PlannedRequest, caller: Caller, request_id: str) -> StoredRequest:
    """What is written down of an order."""
    inputs = planned.inputs
    return StoredRequest(
        task=planned.task,
        fields=_fields(planned),
        is_text=planned.body.is_text,
        images=() if inputs is None else tuple(image.param for image in inputs.images),
        mask=inputs.mask.param if inputs is not None and inputs.mask is not None else None,
        caller=caller,
        request_id=request_id,
    )


def _fields(planned: PlannedRequest) -> dict[str, Any]:
    body = planned.body
    fields = body.model_dump(exclude_unset=True)
    # As they are written in a request.
    if body.size is not None:
        fields["size"] = f"{body.size}"
    if body.aspect_ratio is not None:
        fields["aspect_ratio"] = f"{body.aspect_ratio.width}:{body.aspect_ratio.height}"
    # What was held for it is the price of the first of these, whatever the owner sets meanwhile.
    fields["model"] = ",".join(plan.card.id for plan in planned.plans)
    return fields


def write_stored_request(stored: StoredRequest) -> str:
    """A plan as the ledger keeps it."""
    return _STORED.dump_json(stored, fallback=str).decode()


def read_stored_request(text: str) -> StoredRequest:
    """A plan as the ledger kept it."""
    return _STORED.validate_json(text)


def body_of(stored: StoredRequest) -> ImageRequest:
    """The body of the request.

    Raises:
        CallerError: it is not valid any more.
    """
    return parse_fields(stored.fields, text=stored.is_text)


async def sources_of(stored: StoredRequest, name: str, services: Services) -> Sources | None:
    """The images of the request; None where it has none.

    Raises:
        GoneError: one is not there any more.
        StorageError: the bucket failed.
    """
    if not stored.images:
        return None
    params = [*stored.images, *([stored.mask] if stored.mask is not None else [])]
    found: list[Source] = []
    for index, param in enumerate(params):
        content = await services.bucket.read(input_key(name, index))
        if content is None:
            raise GoneError("An image of the request is not stored any more.", param=param)
        found.append(Source(param, content))
    return Sources(found[: len(stored.images)], found[len(stored.images) :])
