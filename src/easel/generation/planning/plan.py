"""Plan the provider's calls from a request and a model's card."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from easel.catalog import ModelCard
from easel.catalog.cards import OutputFormat, Task
from easel.errors import InvalidValueError
from easel.generation.planning.inputs import Inputs
from easel.generation.planning.parameters import accept_parameters
from easel.generation.planning.seeds import choose_seeds
from easel.generation.planning.sizes import NativeSize, SizePlan, nearest_native, plan_size
from easel.generation.planning.vector import check_vector
from easel.platform.size import Ratio, Size
from easel.providers.protocol import Attempt
from easel.wire.requests import ImageRequest, require_prompt

# The longest side in pixels of an edit without a requested size; longer ones take much time.
_MAX_EDIT_SIDE = 1024


@dataclass(frozen=True)
class Output:
    """The properties of the finished image; None leaves one to the model.

    Attributes:
        size: in pixels.
        format: the file format.
        quality: 1 to 100, for formats with lossy compression.
        model_compresses: whether the model compresses to that quality itself.
    """

    size: Size | None = None
    format: OutputFormat | None = None
    quality: int | None = None
    model_compresses: bool = False


@dataclass(frozen=True)
class Plan:
    """One validated request for one model.

    Attributes:
        card: the model's card.
        prompt: the prompt for the model.
        requested_size: the caller's size or aspect ratio; None where there is none.
        native: the size that the model generates.
        sends_size: whether the size is sent to the provider; otherwise the model chooses it.
        parameters: the validated parameters under easel's names.
        seeds: one for each image; None leaves it to the provider.
        is_repeatable: whether the caller chose the seeds, so that equal requests repeat the images.
        output: the properties of the finished images.
        partial_images: the number of partial images; None where the model does not stream.
        names: the caller's name of each parameter by the provider's name.
        warnings: sentences for the caller.
    """

    card: ModelCard
    task: Task
    prompt: str
    requested_size: Size | Ratio | None
    native: NativeSize
    sends_size: bool
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
    """Validate a request for a model.

    Raises:
        InvalidValueError: the model does not accept a value.
        UnsupportedParameterError: the model lacks a parameter and `drop_params` is not set.
        MissingParameterError: a parameter that the model requires is missing.
    """
    prompt = _prompt(request, card, task)
    check_vector(request, card, task)
    size = _plan_size(request, card, inputs)
    parameters, callers_names, warnings = accept_parameters(request, card, task)
    seed = parameters.pop("seed", None)
    seeds = choose_seeds(card.parameters.get("seed"), seed, request.n or 1, random_bytes)
    compresses = card.compresses and request.output_format in (None, *card.formats)
    output = Output(
        size.promised, request.output_format, _quality(request, card), model_compresses=compresses
    )
    return Plan(
        card=card,
        task=task,
        prompt=prompt,
        requested_size=request.requested_size(),
        native=size.native,
        sends_size=request.requested_size() is not None or not card.sizes.optional,
        parameters=parameters,
        seeds=tuple(seeds),
        is_repeatable="seed" in callers_names,
        output=output,
        partial_images=(request.partial_images or 0) if request.stream and card.streams else None,
        names=_names_by_upstream(request, card, callers_names),
        warnings=tuple(warnings),
    )


def batches(card: ModelCard, seeds: Mapping[int, int | None]) -> list[dict[int, int | None]]:
    """Divide images among calls; an image with a seed of its own needs a call of its own.

    Args:
        card: the model's card, which states the images of one call.
        seeds: the seed of each image by its place in the request.
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
    """The call that generates one batch of a plan.

    Args:
        plan: the plan.
        seeds: one for each image; None leaves it to the provider.
        inputs: the input images under the provider's names.
        base_urls: the provider's base URLs.
    """
    card, seed = plan.card, seeds[0]
    named = plan.parameters if seed is None else {**plan.parameters, "seed": seed}
    parameters: dict[str, object] = {
        card.parameters[name].upstream or name: value for name, value in named.items()
    }
    if plan.sends_size:
        parameters |= _size_as(card.sizes.sent_as, plan.native)
    if plan.output.format is not None and plan.output.format in card.formats:
        parameters["output_format"] = card.formats[plan.output.format]
    if plan.output.quality is not None and plan.output.model_compresses:
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


def _names_by_upstream(
    request: ImageRequest, card: ModelCard, callers_names: Mapping[str, str]
) -> dict[str, str]:
    """The caller's name of everything that a provider may reject, by the provider's name."""
    names = {
        one.upstream or name: callers_names.get(name, name) for name, one in card.parameters.items()
    }
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
            f"Invalid value for 'prompt': {card.id} accepts at most {card.max_prompt} characters, "
            f"got {len(prompt)}.",
            param="prompt",
        )
    return prompt


def _plan_size(request: ImageRequest, card: ModelCard, inputs: Inputs | None) -> SizePlan:
    requested = request.requested_size()
    if requested is None and inputs is not None and card.images and card.images.fits_output:
        size = nearest_native(inputs.images[0].facts.size, card.sizes, _MAX_EDIT_SIDE)
        return SizePlan(NativeSize(size), size)
    try:
        return plan_size(card.sizes, requested)
    except ValueError as error:
        param = _size_param(request)
        raise InvalidValueError(
            f"Invalid value for '{param}': {card.id} does not support {requested}; it supports "
            f"{error}.",
            param=param,
        ) from None


def _quality(request: ImageRequest, card: ModelCard) -> int | None:
    if request.output_compression is None:
        return None
    if (request.output_format or card.output) == "png":
        raise InvalidValueError(
            "Invalid value for 'output_compression': PNG is lossless. Set output_format to jpeg or "
            "webp.",
            param="output_compression",
        )
    # The binding's scale begins at 1.
    return max(1, request.output_compression)
