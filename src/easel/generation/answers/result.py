"""What is answered to a request: what was made of it, in a form that can be kept and told again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from easel.generation.execution.batch import Outcome
from easel.generation.execution.context import Context
from easel.generation.execution.results import Artifact
from easel.generation.planning.plan import Plan
from easel.generation.planning.request import PlannedRequest
from easel.ledger.records import ImageRecord
from easel.platform.buffers import Buffer
from easel.platform.money import usd_text

_MAX_HEADER = 2000


@dataclass(frozen=True)
class DeliveredImage:
    """An image as an answer has it.

    Attributes:
        key: where it lies in the bucket; None where the bucket failed.
        format: of the file.
        width: in pixels; 0 where that is not remembered.
        height: likewise.
        seed: what makes it again, where known.
        revised_prompt: what the provider made of the prompt, where it tells.
    """

    key: str | None
    format: str
    width: int
    height: int
    seed: int | None = None
    revised_prompt: str | None = None


@dataclass(frozen=True)
class GenerationResult:
    """What is answered, whenever it is asked for.

    Attributes:
        task: what was done.
        created: Unix time in seconds.
        images: at least one.
        usage: token counts, where a provider counts tokens.
        quality: what was asked for.
        is_transparent: whether a transparent background was asked for.
        headers: what else there is to know.
        contents: images that are still in memory, by their place; never written down.
    """

    task: str
    created: int
    images: tuple[DeliveredImage, ...]
    usage: dict[str, Any] | None = None
    quality: str | None = None
    is_transparent: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    contents: Mapping[int, Any] = field(default_factory=dict)

    def content(self, place: int) -> Buffer | None:
        """An image, if it is still in memory."""
        content: Buffer | None = self.contents.get(place)
        return content


def answer_of(
    outcome: Outcome, stored: Sequence[ImageRecord], planned: PlannedRequest, context: Context
) -> GenerationResult:
    """The answer to a request.

    Args:
        outcome: what was made for it; at least one image if nothing was stored before.
        stored: images that there were before.
        planned: the request, with all its images.
        context: what it had.
    """
    made = outcome.made
    images = [(_of_record(record), None) for record in stored]
    shown = [*images, *((_of_artifact(artifact), artifact.content) for artifact in made)]
    if stored:
        # As they were asked for: by their seeds.
        places = {seed: place for place, seed in enumerate(planned.plans[0].seeds)}
        shown.sort(key=lambda pair: places.get(pair[0].seed, len(places)))
    plans = makers(outcome, planned)
    first = plans[0]
    quality = first.parameters.get("quality")
    return GenerationResult(
        task=planned.task,
        created=int(context.services.now().timestamp()),
        images=tuple(image for image, _ in shown),
        usage=None if outcome.usage is None else dict(outcome.usage),
        quality=quality if isinstance(quality, str) else None,
        is_transparent=first.parameters.get("background") == "transparent",
        headers=_headers(
            {
                **_made_by(plans),
                "x-easel-attempts": str(context.attempts),
                "x-easel-seed": _line(image.seed for image, _ in shown),
                "x-easel-cost-usd": _cost(made, context),
                "x-easel-cache": _cache(planned, made),
                "x-easel-missing": str(len(outcome.failed) or ""),
                "x-easel-missing-codes": ",".join(
                    sorted({one.code for one in outcome.failed.values()})
                ),
                "x-easel-warnings": " ".join(_warnings(made, plans)),
            }
        ),
        contents={place: content for place, (_, content) in enumerate(shown) if content},
    )


def makers(outcome: Outcome, planned: PlannedRequest) -> Sequence[Plan]:
    """The jobs that images were made for, in the order of the chain; the first where none was."""
    models = {artifact.origin.plan.card.id for artifact in outcome.made}
    return [plan for plan in planned.plans if plan.card.id in models] or planned.plans[:1]


def headers_before(plans: Sequence[Plan]) -> dict[str, str]:
    """What is known of an answer before there are images: which model it will be, if only one."""
    if len(plans) > 1:
        return {}
    (plan,) = plans
    known = {
        "x-easel-seed": _line(plan.seeds),
        "x-easel-warnings": " ".join(plan.warnings),
    }
    return _headers({**_made_by(plans), **known})


def _of_artifact(artifact: Artifact) -> DeliveredImage:
    facts, origin = artifact.facts, artifact.origin
    return DeliveredImage(
        artifact.key, facts.format, *facts.size, origin.seed, origin.revised_prompt
    )


def _of_record(record: ImageRecord) -> DeliveredImage:
    about = from_json(record.about)
    return DeliveredImage(
        record.key,
        about.get("format", "png"),
        about.get("width", 0),
        about.get("height", 0),
        about.get("seed"),
        about.get("revised_prompt"),
    )


def found_answer(found: Sequence[ImageRecord], missing: int, now: float) -> GenerationResult:
    """The answer to a request that never ended, of which these images were found."""
    abouts = [from_json(record.about) for record in found]
    return GenerationResult(
        task=str(abouts[0].get("task", "generate")),
        created=int(now),
        images=tuple(_of_record(record) for record in found),
        headers=_headers(
            {
                "x-easel-model": _line(dict.fromkeys(about.get("model") for about in abouts)),
                "x-easel-provider": _line(dict.fromkeys(about.get("provider") for about in abouts)),
                "x-easel-seed": _line(about.get("seed") for about in abouts),
                "x-easel-missing": str(missing or ""),
                "x-easel-missing-codes": "outcome_unknown" if missing else "",
                "x-easel-warnings": "The server was interrupted: the images were found again.",
            }
        ),
    )


def _cost(made: Sequence[Artifact], context: Context) -> str:
    """What the images cost in USD; empty where the price of any is not known."""
    total = 0
    for artifact in made:
        if artifact.origin.nanodollars is None:
            return ""
        total += artifact.origin.nanodollars
    context.services.request_log.tell({"cost_usd": float(usd_text(total))})
    return usd_text(total)


def _cache(planned: PlannedRequest, made: Sequence[Artifact]) -> str:
    if not planned.alike:
        return ""
    return "miss" if made else "hit"


def _warnings(made: Sequence[Artifact], plans: Sequence[Plan]) -> list[str]:
    warnings = [warning for plan in plans for warning in plan.warnings]
    if any(artifact.key is None for artifact in made):
        warnings.append("The bucket failed: images that could not be stored came as b64_json.")
    return [*dict.fromkeys(warnings)]


def _made_by(plans: Sequence[Plan]) -> dict[str, str]:
    """Who made the images: each once."""
    return {
        "x-easel-model": _line(dict.fromkeys(plan.card.id for plan in plans)),
        "x-easel-provider": _line(dict.fromkeys(plan.card.provider for plan in plans)),
    }


def _line(values: Any) -> str:
    return ",".join(str(value) for value in values if value is not None)


def _headers(texts: dict[str, str]) -> dict[str, str]:
    """Those that say something. They may repeat callers' words, long and of any script."""
    return {name: ascii(text)[1:-1][:_MAX_HEADER] for name, text in texts.items() if text}
