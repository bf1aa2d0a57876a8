"""Step three: plan the provider's calls from the request and the model's card."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from easel.catalog import ModelCard
from easel.catalog.cards import OutputFormat, Task
from easel.errors import InvalidValueError
from easel.generation.planning.inputs import Inputs
from easel.generation.planning.parameters import accept_parameters
from easel.generation.planning.seeds import choose_seeds
from easel.generation.planning.sizes import NativeSize, SizePlan, near, plan_size
from easel.generation.planning.vector import check_vector
from easel.platform.size import Ratio, Size
from easel.providers.protocol import Attempt
from easel.wire.requests import ImageRequest, require_prompt

# Where no size is asked for, an edit is as large as its image, within what is quickly made.
_LARGEST_EDIT = 1024


@dataclass(frozen=True)
class Output:
    """What an image must be in the end; None stands for whatever the model makes.

    Attributes:
        size: in pixels.
        format: of the file.
        quality: 1 to 100, where the format loses something.
        is_compressed: whether the model itself is asked for that quality.
    """

    size: Size | None = None
    format: OutputFormat | None = None
    quality: int | None = None
    is_compressed: bool = False


@dataclass(frozen=True)
class Plan:
    """One validated request for one model.

    Attributes:
        card: the model's.
        task: what is done.
        prompt: what is asked of the model.
        wanted: the size or shape that the caller asked for; None where it did not.
        native: the size that the model is asked for.
        asks_size: whether it is asked for that, or chooses for itself.
        parameters: what was asked for, under our names.
        seeds: one for each image to be made; None where it is left to the provider.
        is_repeatable: whether the caller chose them, so that the same images can be made again.
        output: what every image must be in the end.
        partial_images: how many partial images are wanted; None where the model shows none.
        names: what the caller calls the parameters, by the provider's names.
        warnings: what the caller should know, a sentence each.
    """

    card: ModelCard
    task: Task
    prompt: str
    wanted: Size | Ratio | None
    native: NativeSize
    asks_size: bool
    parameters: Mapping[str, object]
    seeds: tuple[int | None, ...]
    is_repeatable: bool
    output: Output
    partial_images: int | None
    names: Mapping[str, str]
    warnings: tuple[str, ...]


def make_plan(
    request: ImageRequest,
    card: ModelCard,
    task: Task,
    inputs: Inputs | None,
    random_bytes: Callable[[int], bytes],
) -> Plan:
    """Check a request against a model's card.

    Raises:
        InvalidValueError: a value lies outside what the model takes.
        UnsupportedParameterError: the model lacks a parameter and the caller did not say
            `drop_params`.
    """
    prompt = _prompt(request, card, task)
    check_vector(request, card, task)
    size = _plan_size(request, card, inputs)
    parameters, given, warnings = accept_parameters(request, card, task)
    seed = parameters.pop("seed", None)
    seeds = choose_seeds(card.parameters.get("seed"), seed, request.n or 1, random_bytes)
    compresses = card.compresses and request.output_format in (None, *card.formats)
    output = Output(
        size.promised, request.output_format, _quality(request, card), is_compressed=compresses
    )
    return Plan(
        card=card,
        task=task,
        prompt=prompt,
        wanted=request.wanted_size(),
        native=size.native,
        asks_size=request.wanted_size() is not None or not card.sizes.optional,
        parameters=parameters,
        seeds=tuple(seeds),
        is_repeatable="seed" in given,
        output=output,
        partial_images=(request.partial_images or 0) if request.stream and card.streams else None,
        names=_callers_names(request, card, given),
        warnings=tuple(warnings),
    )


def batches(card: ModelCard, seeds: Mapping[int, int | None]) -> list[dict[int, int | None]]:
    """Divide images among calls: an image with a seed of its own needs a call of its own.

    Args:
        card: the model's, which says how many images a call makes.
        seeds: of each image, by its place in the request.
    """
    size = card.per_call if all(seed is None for seed in seeds.values()) else 1
    images = [*seeds.items()]
    return [dict(images[start : start + size]) for start in range(0, len(images), size)]


def attempt_for(
    plan: Plan,
    seeds: Sequence[int | None],
    inputs: Mapping[str, object],
    base_urls: Mapping[str, str],
) -> Attempt:
    """The call that makes one batch of a job.

    Args:
        plan: the job.
        seeds: one for each image; None leaves it to the provider.
        inputs: the images of the job, under the provider's names.
        base_urls: where the provider is.
    """
    card, seed = plan.card, seeds[0]
    known = plan.parameters if seed is None else {**plan.parameters, "seed": seed}
    parameters: dict[str, object] = {
        card.parameters[name].upstream or name: value for name, value in known.items()
    }
    if plan.asks_size:
        parameters |= _size_as(card.sizes.sent_as, plan.native)
    if plan.output.format is not None and plan.output.format in card.formats:
        parameters["output_format"] = card.formats[plan.output.format]
    if plan.output.quality is not None and plan.output.is_compressed:
        parameters["output_compression"] = plan.output.quality
    return Attempt(
        model=card.upstream or card.id,
        prompt=plan.prompt,
        parameters={**parameters, **inputs},
        task=plan.task,
        count=len(seeds),
        as_form=card.call == "form",
        options=card.options,
        base_urls=base_urls,
        response_format=card.response_format,
        partial_images=plan.partial_images,
    )


def _size_as(sent_as: str, native: NativeSize) -> dict[str, object]:
    match sent_as:
        case "width_height":
            return {"width": native.size.width, "height": native.size.height}
        case "size":
            return {"size": str(native.size)}
        case "aspect_ratio":
            return {"aspect_ratio": str(native.ratio)}
    return {}


def _callers_names(
    request: ImageRequest, card: ModelCard, given: Mapping[str, str]
) -> dict[str, str]:
    """What the caller calls what a provider may find fault with, by the provider's names."""
    names = {one.upstream or ours: given.get(ours, ours) for ours, one in card.parameters.items()}
    for side in ("width", "height", "size", "aspect_ratio"):
        names[side] = _size_param(request, side)
    if card.images is not None:
        names[card.images.upstream] = "image"
    if card.mask is not None:
        names[card.mask.upstream] = "mask"
    return names


def _size_param(request: ImageRequest, side: str = "width") -> str:
    if request.size:
        return "size"
    if request.aspect_ratio:
        return "aspect_ratio"
    return "width" if request.width and side in ("size", "aspect_ratio") else side


def _prompt(request: ImageRequest, card: ModelCard, task: Task) -> str:
    if task == "vary" and request.prompt is None and card.variation is not None:
        return card.variation.prompt
    prompt = require_prompt(request) if card.needs_prompt else request.prompt or ""
    if card.max_prompt is not None and len(prompt) > card.max_prompt:
        raise InvalidValueError(
            f"Invalid value for 'prompt': {card.id} takes at most {card.max_prompt} characters, "
            f"got {len(prompt)}.",
            param="prompt",
        )
    return prompt


def _plan_size(request: ImageRequest, card: ModelCard, inputs: Inputs | None) -> SizePlan:
    wanted = request.wanted_size()
    if wanted is None and inputs is not None and card.images and card.images.fits_output:
        size = near(inputs.images[0].facts.size, card.sizes, _LARGEST_EDIT)
        return SizePlan(NativeSize(size), size)
    try:
        return plan_size(card.sizes, wanted)
    except ValueError as error:
        param = _size_param(request)
        raise InvalidValueError(
            f"Invalid value for '{param}': {card.id} cannot make {wanted}; it makes {error}.",
            param=param,
        ) from None


def _quality(request: ImageRequest, card: ModelCard) -> int | None:
    if request.output_compression is None:
        return None
    if (request.output_format or card.output) == "png":
        raise InvalidValueError(
            "Invalid value for 'output_compression': PNG loses nothing; ask for it with "
            "output_format jpeg or webp.",
            param="output_compression",
        )
    # The binding's scale begins at 1.
    return max(1, request.output_compression)
