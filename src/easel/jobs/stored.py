"""What is written down of a request that is put off: all that it takes to carry it out later."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from easel.access.authentication import Payer
from easel.catalog.cards import Task
from easel.errors import GoneError
from easel.generation.lifecycle.follow_up import input_key
from easel.generation.planning.fingerprints import Order
from easel.services import Services
from easel.wire.requests import ImageRequest, parse_fields
from easel.wire.sources import Source, Sources


@dataclass(frozen=True)
class Plan:
    """A request that is put off. Nothing in it is secret.

    Attributes:
        task: what is done.
        fields: of the body, the models that were chosen among them.
        is_text: whether the body was a form.
        images: how the caller called each image; they lie in the bucket in this order.
        mask: how the caller called the mask, which lies behind them; None without one.
        payer: who pays. It brought no tokens, which are never stored.
        request_id: of the request that asked for it, as its answer named it.
    """

    task: Task
    fields: dict[str, Any]
    is_text: bool
    images: tuple[str, ...]
    mask: str | None
    payer: Payer
    request_id: str


_PLAN = TypeAdapter(Plan)


def plan_of(order: Order, payer: Payer, request_id: str) -> Plan:
    """What is written down of an order."""
    inputs = order.inputs
    return Plan(
        task=order.task,
        fields=_fields(order),
        is_text=order.body.is_text,
        images=() if inputs is None else tuple(image.param for image in inputs.images),
        mask=inputs.mask.param if inputs is not None and inputs.mask is not None else None,
        payer=payer,
        request_id=request_id,
    )


def _fields(order: Order) -> dict[str, Any]:
    body = order.body
    fields = body.model_dump(exclude_unset=True)
    # As they are written in a request.
    if body.size is not None:
        fields["size"] = f"{body.size}"
    if body.aspect_ratio is not None:
        fields["aspect_ratio"] = f"{body.aspect_ratio.width}:{body.aspect_ratio.height}"
    # What was held for it is the price of the first of these, whatever the owner sets meanwhile.
    fields["model"] = ",".join(job.card.id for job in order.jobs)
    return fields


def write_plan(plan: Plan) -> str:
    """A plan as the ledger keeps it."""
    return _PLAN.dump_json(plan, fallback=str).decode()


def read_plan(text: str) -> Plan:
    """A plan as the ledger kept it."""
    return _PLAN.validate_json(text)


def body_of(plan: Plan) -> ImageRequest:
    """The body of the request.

    Raises:
        CallerError: it is not valid any more.
    """
    return parse_fields(plan.fields, text=plan.is_text)


async def sources_of(plan: Plan, name: str, services: Services) -> Sources | None:
    """The images of the request; None where it has none.

    Raises:
        GoneError: one is not there any more.
        StorageError: the bucket failed.
    """
    if not plan.images:
        return None
    params = [*plan.images, *([plan.mask] if plan.mask is not None else [])]
    found: list[Source] = []
    for index, param in enumerate(params):
        content = await services.bucket.read(input_key(name, index))
        if content is None:
            raise GoneError("An image of the request is not stored any more.", param=param)
        found.append(Source(param, content))
    return Sources(found[: len(plan.images)], found[len(plan.images) :])
