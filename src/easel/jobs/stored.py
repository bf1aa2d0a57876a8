"""The stored form of a job: everything that a worker needs to execute the request later."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from easel.access.authentication import Caller
from easel.catalog.cards import Task
from easel.errors import ImageGoneError
from easel.generation.lifecycle.follow_up import input_key
from easel.generation.planning.request import PlannedRequest
from easel.services import Services
from easel.wire.requests import ImageRequest, parse_fields
from easel.wire.sources import Source, Sources


@dataclass(frozen=True)
class StoredRequest:
    """The stored form of a job. It contains no secrets.

    Attributes:
        fields: of the body, with the models that were resolved.
        is_text: whether the body was a form, whose values are text.
        images: the parameter name of each input image, in the order of their objects in the bucket.
        mask: the parameter name of the mask, whose object follows the images; None without a mask.
        caller: without tokens, which are never stored.
        request_id: of the HTTP request that submitted the job.
    """

    task: Task
    fields: dict[str, Any]
    is_text: bool
    images: tuple[str, ...]
    mask: str | None
    caller: Caller
    request_id: str


_STORED = TypeAdapter(StoredRequest)


def make_stored_request(planned: PlannedRequest, caller: Caller, request_id: str) -> StoredRequest:
    """Build the stored form of a planned request."""
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
    # In the notation of a request.
    if body.size is not None:
        fields["size"] = f"{body.size}"
    if body.aspect_ratio is not None:
        fields["aspect_ratio"] = f"{body.aspect_ratio.width}:{body.aspect_ratio.height}"
    # The resolved models: the budget holds the price of the first, even if settings change later.
    fields["model"] = ",".join(plan.card.id for plan in planned.plans)
    return fields


def write_stored_request(stored: StoredRequest) -> str:
    """Serialise for the ledger."""
    return _STORED.dump_json(stored, fallback=str).decode()


def read_stored_request(text: str) -> StoredRequest:
    """Parse what `write_stored_request` wrote."""
    return _STORED.validate_json(text)


def read_body(stored: StoredRequest) -> ImageRequest:
    """Return the body of the request.

    Raises:
        CallerError: the body is no longer valid.
    """
    return parse_fields(stored.fields, text=stored.is_text)


async def load_sources(stored: StoredRequest, job_id: str, services: Services) -> Sources | None:
    """Load the input images of a job from the bucket; None if it has none.

    Raises:
        ImageGoneError: an input image is missing.
        StorageError: the bucket failed.
    """
    if not stored.images:
        return None
    params = [*stored.images, *([stored.mask] if stored.mask is not None else [])]
    sources: list[Source] = []
    for index, param in enumerate(params):
        content = await services.bucket.read(input_key(job_id, index))
        if content is None:
            raise ImageGoneError("An input image of the job is no longer stored.", param=param)
        sources.append(Source(param, content))
    return Sources(sources[: len(stored.images)], sources[len(stored.images) :])
