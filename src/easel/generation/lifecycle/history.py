"""The history's record of an image: a description that is enough to generate it again."""

import json
from collections.abc import Mapping

from pydantic_core import from_json

from easel.generation.execution.results import FinishedImage
from easel.ledger.records import ImageRecord, OpenRequest
from easel.library.keys import image_id_from_key
from easel.media.sniff import FORMATS
from easel.platform.size import Ratio
from easel.platform.storage import ListedObject


def record_of(artifact: FinishedImage, owner: str, request_id: str) -> ImageRecord | None:
    """The record of an image; None for one that could not be stored.

    Args:
        artifact: the image.
        owner: the name of the caller's key.
        request_id: the value of `x-request-id` in the request's answer.
    """
    if artifact.key is None:
        return None
    provenance, facts = artifact.provenance, artifact.facts
    plan = provenance.plan
    size_name = "aspect_ratio" if isinstance(plan.requested_size, Ratio) else "size"
    description = {
        "model": plan.card.id,
        "provider": plan.card.provider,
        "task": plan.task,
        "prompt": plan.prompt,
        "parameters": dict(plan.parameters),
        "seed": provenance.seed,
        size_name: None if plan.requested_size is None else str(plan.requested_size),
        "output_format": plan.output.format,
        "output_compression": plan.output.quality,
        "revised_prompt": provenance.revised_prompt,
        "format": facts.format,
        "width": facts.size.width,
        "height": facts.size.height,
        "bytes": artifact.content.size,
        "nanodollars": provenance.nanodollars,
        "request_id": request_id,
    }
    return ImageRecord(
        id=provenance.name,
        owner=owner,
        created=artifact.created.timestamp(),
        key=artifact.key,
        about=_write(description),
        fingerprint=provenance.fingerprint,
    )


def record_of_found(found: ListedObject, request: OpenRequest) -> ImageRecord:
    """The record of an image of an interrupted request, from the image's metadata."""
    recipe = found.metadata
    description = {
        "model": recipe.get("model", request.model),
        "provider": request.provider,
        "task": recipe.get("task"),
        "prompt": recipe.get("prompt"),
        "parameters": from_json(recipe.get("parameters", "{}")),
        "seed": int(recipe["seed"]) if "seed" in recipe else None,
        "size": recipe.get("size"),
        "format": FORMATS.get(found.key.rpartition(".")[2]),
        "bytes": found.size,
        "truncated": recipe.get("truncated"),
    }
    return ImageRecord(
        id=image_id_from_key(found.key),
        owner=request.owner,
        created=found.uploaded.timestamp(),
        key=found.key,
        about=_write(description),
    )


def _write(description: Mapping[str, object]) -> str:
    present = {name: value for name, value in description.items() if value is not None}
    return json.dumps(present, ensure_ascii=False, separators=(",", ":"), default=str)
