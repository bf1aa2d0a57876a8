"""A request for images that was read, checked and planned: what is carried out once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from easel.catalog.cards import Task
from easel.generation.planning.inputs import Inputs
from easel.generation.planning.plan import Job
from easel.platform.buffers import Buffer, LongText
from easel.platform.http import Request
from easel.services import Services
from easel.settings.settings import Settings
from easel.wire.requests import ImageRequest
from easel.wire.sources import Source, Sources


@dataclass(frozen=True)
class Order:
    """A request for images.

    Attributes:
        body: as it was read.
        task: what is done.
        jobs: for each model that may be tried, in turn.
        inputs: the caller's images, where it has any.
        alike: fingerprints of what each image of the first job is made from; empty where stored
            images will not do.
        is_background: whether the answer does not wait for the images.
    """

    body: ImageRequest
    task: Task
    jobs: Sequence[Job]
    inputs: Inputs | None
    alike: tuple[str, ...] = ()
    is_background: bool = False

    def without(self, stored: Sequence[str]) -> "Order":
        """The same without images that are stored already, by their fingerprints."""
        if not stored:
            return self
        places = [place for place, name in enumerate(self.alike) if name not in stored]
        jobs = [
            replace(job, seeds=tuple(job.seeds[place] for place in places)) for job in self.jobs
        ]
        return replace(self, jobs=jobs, alike=tuple(self.alike[place] for place in places))


async def print_request(
    body: ImageRequest, task: Task, sources: Sources | None, services: Services
) -> str:
    """The fingerprint of a request: of its fields in any order, and of its images as they came."""
    images = [] if sources is None else [*sources.images, *sources.masks]
    return _print(
        {
            "task": task,
            "fields": body.model_dump(exclude_unset=True),
            "images": [[source.param, await _print_source(source, services)] for source in images],
        }
    )


async def _print_source(source: Source, services: Services) -> str:
    content = source.content
    return await services.digest(content) if isinstance(content, (Buffer, LongText)) else content


async def print_images(
    job: Job, inputs: Inputs | None, services: Services
) -> dict[int | None, str]:
    """What each image of a job is made from, as a fingerprint by its seed.

    Empty where the caller chose no seed: such images are made by chance.
    """
    if not job.is_repeatable:
        return {}
    images = [] if inputs is None else [*inputs.images, *([inputs.mask] if inputs.mask else [])]
    same = {
        "model": job.card.id,
        "task": job.task,
        "prompt": job.prompt,
        "size": [str(job.native.size), str(job.native.ratio), job.asks_size],
        "parameters": job.parameters,
        "output": [str(part) for part in vars(job.output).values()],
        "images": [await services.digest(image.content) for image in images],
    }
    return {seed: _print({**same, "seed": seed}) for seed in job.seeds}


async def print_order(order: Order, services: Services) -> tuple[str, ...]:
    """What each image of an order's first job is made from; empty where they are made by chance."""
    job = order.jobs[0]
    prints = await print_images(job, order.inputs, services)
    return tuple(prints[seed] for seed in job.seeds) if prints else ()


def wants_stored(request: Request, body: ImageRequest, settings: Settings) -> bool:
    """Whether images that are stored already will do: as the body says, a header, or the owner."""
    if body.cache is not None:
        return body.cache
    said = request.headers.get("x-easel-cache", "").strip().lower()
    return said == "true" or (said != "false" and settings.cache_images)


def _print(content: Mapping[str, object]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
