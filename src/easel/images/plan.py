"""Step three: plan the provider's calls from the request and the model's card."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from easel.catalog import ModelCard, Parameter
from easel.catalog.cards import MAX_SAFE_INTEGER, OutputFormat, Task
from easel.errors import InvalidValueError
from easel.images.inputs import Inputs
from easel.images.parameters import accept_parameters
from easel.images.sizes import NativeSize, SizePlan, near, plan_size
from easel.providers.protocol import Attempt
from easel.size import Size
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
    """

    size: Size | None = None
    format: OutputFormat | None = None
    quality: int | None = None


@dataclass(frozen=True)
class Job:
    """One validated request for one model.

    Attributes:
        card: the model's.
        task: what is done.
        prompt: what is asked of the model.
        native: the size that the model is asked for.
        parameters: what was asked for, under our names.
        seeds: one for each image to be made; None where it is left to the provider.
        output: what every image must be in the end.
        warnings: what the caller should know, a sentence each.
    """

    card: ModelCard
    task: Task
    prompt: str
    native: NativeSize
    parameters: Mapping[str, object]
    seeds: tuple[int | None, ...]
    output: Output
    warnings: tuple[str, ...]


def plan(
    request: ImageRequest,
    card: ModelCard,
    task: Task,
    inputs: Inputs | None,
    random_bytes: Callable[[int], bytes],
) -> Job:
    """Check a request against a model's card.

    Several images with a seed get that seed and the ones after it, so that they differ and each
    can be made again.

    Raises:
        InvalidValueError: a value lies outside what the model takes.
        UnsupportedParameterError: the model lacks a parameter and the caller did not say
            `drop_params`.
    """
    prompt = _prompt(request, card, task)
    size = _plan_size(request, card, inputs)
    parameters, warnings = accept_parameters(request, card, task)
    seeds = _seeds(
        card.parameters.get("seed"), parameters.pop("seed", None), request.n or 1, random_bytes
    )
    output = Output(size.promised, request.output_format, _quality(request, card))
    return Job(card, task, prompt, size.native, parameters, tuple(seeds), output, tuple(warnings))


def attempt_for(job: Job, seed: int | None, inputs: Mapping[str, object]) -> Attempt:
    """The call that makes one image of a job.

    Args:
        job: the job.
        seed: the image's own, or None to leave it to the provider.
        inputs: the images of the job, under the provider's names.
    """
    card = job.card
    known = job.parameters if seed is None else {**job.parameters, "seed": seed}
    parameters: dict[str, object] = {
        card.parameters[name].upstream or name: value for name, value in known.items()
    }
    match card.sizes.sent_as:
        case "width_height":
            parameters["width"], parameters["height"] = job.native.size
        case "size":
            parameters["size"] = str(job.native.size)
        case "aspect_ratio":
            parameters["aspect_ratio"] = str(job.native.ratio)
    if job.output.format is not None and job.output.format in card.formats:
        parameters["output_format"] = card.formats[job.output.format]
    return Attempt(
        model=card.upstream or card.id,
        prompt=job.prompt,
        parameters={**parameters, **inputs},
        as_form=card.call == "form",
        options=card.options,
    )


def _prompt(request: ImageRequest, card: ModelCard, task: Task) -> str:
    if task == "vary" and request.prompt is None and card.variation is not None:
        return card.variation.prompt
    prompt = require_prompt(request)
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
        param = "size" if request.size else "aspect_ratio" if request.aspect_ratio else "width"
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


def _seeds(
    parameter: Parameter | None,
    given: object,
    count: int,
    random_bytes: Callable[[int], bytes],
) -> list[int | None]:
    if isinstance(given, int):
        limit = MAX_SAFE_INTEGER if parameter is None or parameter.max is None else parameter.max
        if given + count - 1 > limit:
            raise InvalidValueError(
                f"Invalid value for 'seed': with n={count} it may be at most "
                f"{limit - count + 1:.0f}, since each image has the seed after the one before.",
                param="seed",
            )
        return [given + index for index in range(count)]
    if parameter is not None and parameter.default == "random":
        # 32 bits: every generator takes as many, and they are short enough to read out.
        return [int.from_bytes(random_bytes(4), "big") for _ in range(count)]
    return [None] * count
