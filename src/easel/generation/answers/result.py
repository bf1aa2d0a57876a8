"""The result of a request: its images and the facts that its answer states."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic_core import from_json

from easel.generation.answers.headers import recovered_headers, result_headers, total_cost
from easel.generation.execution.batch import Outcome
from easel.generation.execution.context import Context
from easel.generation.execution.results import FinishedImage
from easel.generation.planning.plan import Plan
from easel.generation.planning.request import PlannedRequest
from easel.ledger.records import ImageRecord
from easel.platform.buffers import Buffer
from easel.platform.money import usd_text


@dataclass(frozen=True)
class ResultImage:
    """An image of a result.

    Attributes:
        key: its object in the bucket; None where it could not be stored.
        format: the file format.
        width: in pixels; 0 where it is unknown.
        height: in pixels; 0 where it is unknown.
        seed: the seed that reproduces it, where it is known.
        revised_prompt: the prompt as the provider rewrote it, where the provider reports it.
        content: the image itself while it is in memory; not part of the stored form.
        url: its address, in an answer that is about to be sent; not part of the stored form.
    """

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)

    key: str | None
    format: str
    width: int
    height: int
    seed: int | None = None
    revised_prompt: str | None = None
    content: Annotated[Buffer | None, Field(exclude=True)] = None
    url: Annotated[str | None, Field(exclude=True)] = None


@dataclass(frozen=True)
class GenerationResult:
    """The result of a request; repeated requests receive the same one.

    Attributes:
        created: Unix time in seconds.
        images: at least one.
        usage: token counts, where a provider counts tokens.
        quality: the requested quality.
        is_transparent: whether a transparent background was requested.
        headers: the answer's headers.
    """

    task: str
    created: int
    images: tuple[ResultImage, ...]
    usage: dict[str, Any] | None = None
    quality: str | None = None
    is_transparent: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def build_result(
    outcome: Outcome, stored: Sequence[ImageRecord], planned: PlannedRequest, context: Context
) -> GenerationResult:
    """The result of a request, and its cost in the log.

    Args:
        outcome: the images that were generated for it; at least one if `stored` is empty.
        stored: the images of it that were stored by an earlier request.
        planned: the request with all its images.
        context: its context.
    """
    images = [*map(_of_record, stored), *map(_of_artifact, outcome.made)]
    if stored:
        # In the order of the requested seeds.
        places = {seed: place for place, seed in enumerate(planned.plans[0].seeds)}
        images.sort(key=lambda image: places.get(image.seed, len(places)))
    cost = total_cost(outcome.made)
    if cost is not None:
        context.services.request_log.tell({"cost_usd": float(usd_text(cost))})
    plans = plans_used(outcome, planned)
    quality = plans[0].parameters.get("quality")
    seeds = [image.seed for image in images]
    return GenerationResult(
        task=planned.task,
        created=int(context.services.now().timestamp()),
        images=tuple(images),
        usage=None if outcome.usage is None else dict(outcome.usage),
        quality=quality if isinstance(quality, str) else None,
        is_transparent=plans[0].parameters.get("background") == "transparent",
        headers=result_headers(outcome, planned, plans, seeds, context.attempts),
    )


def plans_used(outcome: Outcome, planned: PlannedRequest) -> Sequence[Plan]:
    """The plans that produced images, in the order of the chain; the first plan if none did."""
    models = {artifact.provenance.plan.card.id for artifact in outcome.made}
    return [plan for plan in planned.plans if plan.card.id in models] or planned.plans[:1]


def recovered_result(found: Sequence[ImageRecord], missing: int, now: float) -> GenerationResult:
    """The result of an interrupted request, from the images of it that were found."""
    descriptions = [from_json(record.about) for record in found]
    return GenerationResult(
        task=str(descriptions[0].get("task", "generate")),
        created=int(now),
        images=tuple(map(_of_record, found)),
        headers=recovered_headers(descriptions, missing),
    )


def _of_artifact(artifact: FinishedImage) -> ResultImage:
    facts, provenance = artifact.facts, artifact.provenance
    return ResultImage(
        artifact.key,
        facts.format,
        *facts.size,
        provenance.seed,
        provenance.revised_prompt,
        artifact.content,
    )


def _of_record(record: ImageRecord) -> ResultImage:
    description = from_json(record.about)
    return ResultImage(
        record.key,
        description.get("format", "png"),
        description.get("width", 0),
        description.get("height", 0),
        description.get("seed"),
        description.get("revised_prompt"),
    )
