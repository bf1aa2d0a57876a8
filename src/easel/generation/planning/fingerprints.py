"""Fingerprints: by what equal requests, and equal images, are recognised."""

import json
from collections.abc import Mapping
from hashlib import sha256

from easel.catalog.cards import Task
from easel.generation.planning.inputs import Inputs
from easel.generation.planning.plan import Plan
from easel.platform.buffers import Buffer, LongText
from easel.services import Services
from easel.wire.requests import ImageRequest
from easel.wire.sources import Source, Sources


async def fingerprint_request(
    body: ImageRequest, task: Task, sources: Sources | None, services: Services
) -> str:
    """The fingerprint of a request: of its fields in any order, and of its images unchanged."""
    images = [] if sources is None else [*sources.images, *sources.masks]
    return _fingerprint(
        {
            "task": task,
            "fields": body.model_dump(exclude_unset=True),
            "images": [
                [source.param, await _fingerprint_source(source, services)] for source in images
            ],
        }
    )


async def _fingerprint_source(source: Source, services: Services) -> str:
    content = source.content
    return await services.digest(content) if isinstance(content, (Buffer, LongText)) else content


async def fingerprint_images(
    plan: Plan, inputs: Inputs | None, services: Services
) -> dict[int | None, str]:
    """The fingerprint of everything that each image is made from, by its seed.

    Returns:
        Empty where the caller chose no seed, since equal requests then make different images.
    """
    if not plan.is_repeatable:
        return {}
    images = [] if inputs is None else [*inputs.images, *([inputs.mask] if inputs.mask else [])]
    same = {
        "model": plan.card.id,
        "task": plan.task,
        "prompt": plan.prompt,
        "size": [str(plan.native.size), str(plan.native.ratio), plan.asks_size],
        "parameters": plan.parameters,
        "output": [str(part) for part in vars(plan.output).values()],
        "images": [await services.digest(image.content) for image in images],
    }
    return {seed: _fingerprint({**same, "seed": seed}) for seed in plan.seeds}


def _fingerprint(content: Mapping[str, object]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
