"""The headers of an answer: models, seeds, cost, missing images and warnings."""

from collections.abc import Iterable, Mapping, Sequence

from easel.generation.execution.batch import Outcome
from easel.generation.execution.results import FinishedImage
from easel.generation.planning.plan import Plan
from easel.generation.planning.request import PlannedRequest
from easel.platform.money import usd_text

_MAX_HEADER = 2000


def result_headers(
    outcome: Outcome,
    planned: PlannedRequest,
    plans: Sequence[Plan],
    seeds: Iterable[int | None],
    attempts: int,
) -> dict[str, str]:
    """The headers of a request's result.

    Args:
        outcome: the images that were generated for it, and the failures.
        planned: the request.
        plans: those of its plans that produced the images.
        seeds: of every image of the result, stored ones included.
        attempts: how many calls the images took.
    """
    cost = total_cost(outcome.made)
    codes = {error.code for error in outcome.failed.values()}
    return _headers(
        {
            **_models(plans),
            "x-easel-attempts": str(attempts),
            "x-easel-seed": _join(seeds),
            "x-easel-cost-usd": "" if cost is None else usd_text(cost),
            "x-easel-cache": _cache(planned, outcome),
            "x-easel-missing": str(len(outcome.failed) or ""),
            "x-easel-missing-codes": ",".join(sorted(codes)),
            "x-easel-warnings": " ".join(_warnings(outcome.made, plans)),
        }
    )


def preliminary_headers(plans: Sequence[Plan]) -> dict[str, str]:
    """The headers of an answer that begins before its images exist.

    Empty for several models, because any of them may produce the images.
    """
    if len(plans) > 1:
        return {}
    (plan,) = plans
    warnings = " ".join(plan.warnings)
    return _headers(
        {**_models(plans), "x-easel-seed": _join(plan.seeds), "x-easel-warnings": warnings}
    )


def recovered_headers(images: Sequence[Mapping[str, object]], missing: int) -> dict[str, str]:
    """The headers of an interrupted request's result.

    Args:
        images: the history's description of each image that was found.
        missing: how many images were not found.
    """
    return _headers(
        {
            "x-easel-model": _join_unique(image.get("model") for image in images),
            "x-easel-provider": _join_unique(image.get("provider") for image in images),
            "x-easel-seed": _join(image.get("seed") for image in images),
            "x-easel-missing": str(missing or ""),
            "x-easel-missing-codes": "outcome_unknown" if missing else "",
            "x-easel-warnings": (
                "The server was interrupted while it carried out this request. These images had "
                "been stored before."
            ),
        }
    )


def total_cost(artifacts: Sequence[FinishedImage]) -> int | None:
    """The price of images in nanodollars; None where the price of one is unknown."""
    total = 0
    for artifact in artifacts:
        if artifact.provenance.nanodollars is None:
            return None
        total += artifact.provenance.nanodollars
    return total


def _cache(planned: PlannedRequest, outcome: Outcome) -> str:
    if not planned.fingerprints:
        return ""
    return "miss" if outcome.made else "hit"


def _warnings(artifacts: Sequence[FinishedImage], plans: Sequence[Plan]) -> list[str]:
    warnings = [warning for plan in plans for warning in plan.warnings]
    if any(artifact.key is None for artifact in artifacts):
        warnings.append("Storage failed: images that could not be stored are sent as b64_json.")
    return [*dict.fromkeys(warnings)]


def _models(plans: Sequence[Plan]) -> dict[str, str]:
    return {
        "x-easel-model": _join_unique(plan.card.id for plan in plans),
        "x-easel-provider": _join_unique(plan.card.provider for plan in plans),
    }


def _join_unique(values: Iterable[object]) -> str:
    return _join(dict.fromkeys(values))


def _join(values: Iterable[object]) -> str:
    return ",".join(str(value) for value in values if value is not None)


def _headers(texts: Mapping[str, str]) -> dict[str, str]:
    """Headers without the empty ones. Warnings may quote long texts of any script."""
    return {name: ascii(text)[1:-1][:_MAX_HEADER] for name, text in texts.items() if text}
