"""Plan a request: which models may be tried, and what each of them will be asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from easel.catalog import ModelCard
from easel.catalog.cards import Task
from easel.catalog.custom import catalog_with
from easel.errors import CallerError, InvalidValueError, UnsupportedParameterError
from easel.generation.planning.fingerprints import fingerprint_images
from easel.generation.planning.inputs import Inputs, check_sources, load_inputs
from easel.generation.planning.models import resolve_chain
from easel.generation.planning.plan import Plan, make_plan
from easel.services import Services
from easel.settings.settings import Settings
from easel.wire.requests import ImageRequest
from easel.wire.sources import Sources


@dataclass(frozen=True)
class PlannedRequest:
    """A validated request, and what each model of its chain will be asked for.

    Attributes:
        plans: one for each model, in the order in which they are tried.
        inputs: the caller's images, for edits and variations.
        alike: the fingerprint of each image of the first plan, where stored images may be used
            instead of new ones; empty otherwise.
        is_background: whether it is carried out as a job.
    """

    body: ImageRequest
    task: Task
    plans: Sequence[Plan]
    inputs: Inputs | None
    alike: tuple[str, ...] = ()
    is_background: bool = False

    def without(self, stored: Sequence[str]) -> "PlannedRequest":
        """The request without the images that are stored already, given by their fingerprints."""
        if not stored:
            return self
        places = [place for place, name in enumerate(self.alike) if name not in stored]
        plans = [
            replace(plan, seeds=tuple(plan.seeds[place] for place in places)) for plan in self.plans
        ]
        return replace(self, plans=plans, alike=tuple(self.alike[place] for place in places))


async def plan_request(
    body: ImageRequest, task: Task, sources: Sources | None, services: Services
) -> PlannedRequest:
    """Resolve the models of a request, load its images, and plan the request for each model.

    Raises:
        CallerError: the request is not valid for the first model of the chain.
    """
    settings = services.settings()
    chain = _chain(body, task, _default_for(task, sources, settings), settings)
    inputs = None
    if sources is not None:
        # Checked before anything is fetched.
        needed, _ = check_sources(sources, chain[0], drop_mask=bool(body.drop_params))
        inputs = await load_inputs(sources if len(chain) > 1 else needed, services)
    plans = _plan_each(body, chain, task, sources, inputs, services)
    first = plans[0]
    if body.stream and first.task == "vary":
        raise UnsupportedParameterError("Variations are not streamed.", param="stream")
    if body.stream and len(first.seeds) > 1:
        raise InvalidValueError("Streaming is only supported with n=1.", param="n")
    return PlannedRequest(body, task, plans, inputs)


def _default_for(task: Task, sources: Sources | None, settings: Settings) -> str:
    if task == "generate" or sources is None:
        return settings.default_model
    if task == "vary":
        return settings.default_variation_model
    return settings.default_inpainting_model if sources.masks else settings.default_edit_model


def _chain(
    body: ImageRequest, task: Task, default: str, settings: Settings
) -> tuple[ModelCard, ...]:
    """The models of the chain that support the task."""
    catalog = catalog_with(settings.channels)
    chain = resolve_chain(catalog, settings.model_aliases, body.model or default)
    able = tuple(card for card in chain if task in card.tasks)
    if not able:
        others = [name for name, card in catalog.items() if task in card.tasks and name == card.id]
        raise InvalidValueError(
            f"Invalid value for 'model': {chain[0].id} cannot {_TASKS[task]}. Models that can: "
            f"{', '.join(others)}.",
            param="model",
        )
    return able


_TASKS: Mapping[Task, str] = {
    "generate": "make images from a prompt alone",
    "edit": "edit images",
    "vary": "make variations",
}


def _plan_each(
    body: ImageRequest,
    chain: Sequence[ModelCard],
    task: Task,
    sources: Sources | None,
    inputs: Inputs | None,
    services: Services,
) -> list[Plan]:
    """Plan the request for each model. Only the first must support it; others are skipped."""
    plans: list[Plan] = []
    for card in chain:
        try:
            warnings: list[str] = []
            if sources is not None:
                _, warnings = check_sources(sources, card, drop_mask=bool(body.drop_params))
            plan = make_plan(body, card, task, inputs, services.random_bytes)
        except CallerError:
            if not plans:
                raise
            continue
        plans.append(replace(plan, warnings=(*warnings, *plan.warnings)))
    return plans


async def with_fingerprints(planned: PlannedRequest, services: Services) -> PlannedRequest:
    """Let stored images be used where the request has a seed, which makes them repeatable."""
    plan = planned.plans[0]
    fingerprints = await fingerprint_images(plan, planned.inputs, services)
    if not fingerprints:
        return planned
    return replace(planned, alike=tuple(fingerprints[seed] for seed in plan.seeds))
