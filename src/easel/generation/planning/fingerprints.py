"""A request for images that was read, checked and planned: what is carried out once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from easel.catalog.cards import Task
from easel.generation.planning.inputs import Inputs
from easel.generation.planning.plan import Plan
from easel.platform.buffers import Buffer, LongText
from easel.platform.http import Request
from easel.services import Services
from easel.settings.settings import Settings
from easel.wire.requests import ImageRequest
from easel.wire.sources import Source, Sources


@dataclass(frozen=True)
class PlannedRequest:
    """A request for images.

    Attributes:
        body: as it was read.
        task: what is done.
        plans: for each model that may be tried, in turn.
        inputs: the caller's images, where it has any.
        alike: fingerprints of what each image of the first job is made from; empty where stored
            images will not do.
        is_background: whether the answer does not wait for the images.
    """

    body: ImageRequest
    task: Task
    plans: Sequence[Plan]
    inputs: Inputs | None
    alike: tuple[str, ...] = ()
    is_background: bool = False

    def without(self, stored: Sequence[str]) -> "PlannedRequest":
        """The same without images that are stored already, by their fingerprints."""
        if not stored:
            return self
        places = [place for place, name in enumerate(self.alike) if name not in stored]
        plans = [
            replace(plan, seeds=tuple(plan.seeds[place] for place in places)) for plan in self.plans
        ]
        return replace(self, plans=plans, alike=tuple(self.alike[place] for place in places))


async def fingerprint_request(
    body: ImageRequest, task: Task, sources: Sources | None, services: Services
) -> str:
    """The fingerprint of a request: of its fields in any order, and of its images as they came."""
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
    """What each image of a job is made from, as a fingerprint by its seed.

    Empty where the caller chose no seed: such images are made by chance.
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


async def fingerprint_plan(planned: PlannedRequest, services: Services) -> tuple[str, ...]:
    """What each image of an order's first job is made from; empty where they are made by chance."""
    plan = planned.plans[0]
    fingerprints = await fingerprint_images(plan, planned.inputs, services)
    return tuple(fingerprints[seed] for seed in plan.seeds) if fingerprints else ()


def wants_stored(request: Request, body: ImageRequest, settings: Settings) -> bool:
    """Whether images that are stored already will do: as the body says, a header, or the owner."""
    if body.cache is not None:
        return body.cache
    said = request.headers.get("x-easel-cache", "").strip().lower()
    return said == "true" or (said != "false" and settings.cache_images)


def _fingerprint(content: Mapping[str, object]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
