"""Step three: plan the provider's calls from the request and the model's card."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from easel.catalog import ModelCard, Parameter
from easel.catalog.cards import MAX_SAFE_INTEGER
from easel.errors import InvalidValueError, UnsupportedParameterError
from easel.images.sizes import SizePlan, plan_size
from easel.providers.protocol import Attempt
from easel.size import Size
from easel.wire.requests import GenerationRequest, shown

# Values of OpenAI's parameters that ask for nothing, so a model that lacks them loses nothing.
# https://platform.openai.com/docs/api-reference/images/create
_NEUTRAL: Mapping[str, object] = {
    "background": "auto",
    "moderation": "auto",
    "partial_images": 0,
    "quality": "auto",
    "stream": False,
}


@dataclass(frozen=True)
class PlannedImage:
    """One image of a job.

    Attributes:
        attempt: the call that makes it.
        promised: the size it must have in the end, or None for whatever the model makes.
        parameters: what was asked for, under our names, for the recipe.
        seed: what makes it again, where known.
    """

    attempt: Attempt
    promised: Size | None
    parameters: Mapping[str, object]
    seed: int | None


@dataclass(frozen=True)
class Job:
    """One validated request for one model.

    Attributes:
        images: what is to be made.
        warnings: what the caller should know, a sentence each.
    """

    card: ModelCard
    prompt: str
    images: tuple[PlannedImage, ...]
    warnings: tuple[str, ...]


def plan(request: GenerationRequest, card: ModelCard, random_bytes: Callable[[int], bytes]) -> Job:
    """Check a request against a model's card and plan its calls.

    Several images with a seed get that seed and the ones after it, so that they differ and each
    can be made again.

    Raises:
        InvalidValueError: a value lies outside what the model takes.
        UnsupportedParameterError: the model lacks a parameter and the caller did not say
            `drop_params`.
    """
    if card.max_prompt is not None and len(request.prompt) > card.max_prompt:
        raise InvalidValueError(
            f"Invalid value for 'prompt': {card.id} takes at most {card.max_prompt} characters, "
            f"got {len(request.prompt)}.",
            param="prompt",
        )
    count = request.n or 1
    size = _plan_size(card, request.size)
    parameters, warnings = _accept_parameters(request, card)
    seeds = _seeds(card.parameters.get("seed"), parameters.pop("seed", None), count, random_bytes)
    images = []
    for seed in seeds:
        known = parameters if seed is None else {**parameters, "seed": seed}
        images.append(
            PlannedImage(
                attempt=Attempt(
                    model=card.id,
                    prompt=request.prompt,
                    parameters={**_size_inputs(card, size), **_upstream(card, known)},
                ),
                promised=size.promised,
                parameters=parameters,
                seed=seed,
            )
        )
    return Job(card, request.prompt, tuple(images), tuple(warnings))


def _plan_size(card: ModelCard, wanted: Size | None) -> SizePlan:
    try:
        return plan_size(card.sizes, wanted)
    except ValueError as error:
        raise InvalidValueError(
            f"Invalid value for 'size': {card.id} cannot make {wanted}; it makes {error}.",
            param="size",
        ) from None


def _size_inputs(card: ModelCard, size: SizePlan) -> dict[str, object]:
    if card.sizes.sent_as == "nothing":
        return {}
    return {"width": size.native.width, "height": size.native.height}


def _upstream(card: ModelCard, parameters: Mapping[str, object]) -> dict[str, object]:
    return {card.parameters[name].upstream or name: value for name, value in parameters.items()}


def _accept_parameters(
    request: GenerationRequest, card: ModelCard
) -> tuple[dict[str, object], list[str]]:
    accepted: dict[str, object] = {}
    warnings: list[str] = []
    for name, value in request.parameters.items():
        parameter = card.parameters.get(name)
        if parameter is not None:
            accepted[name] = _check(name, value, parameter)
        elif name in _NEUTRAL and value == _NEUTRAL[name]:
            continue
        elif request.drop_params:
            warnings.append(f"{card.id} has no parameter {shown(name)}; it was dropped.")
        else:
            has = ", ".join(card.parameters) or "none"
            raise UnsupportedParameterError(
                f"{card.id} has no parameter {shown(name)}. Its own parameters are: {has}. "
                "Set drop_params to true to have unsupported ones dropped.",
                param=name,
            )
    return accepted, warnings


def _check(name: str, value: Any, parameter: Parameter) -> Any:
    valid, kind = _TYPES[parameter.type]
    if not valid(value) or not _within(value, parameter):
        raise InvalidValueError(
            f"Invalid value for '{name}': expected {kind}{_range(parameter)}, got {shown(value)}.",
            param=name,
        )
    return value


def _is_integer(value: object) -> bool:
    return type(value) is int and abs(value) <= MAX_SAFE_INTEGER


def _is_number(value: object) -> bool:
    return _is_integer(value) or (type(value) is float and math.isfinite(value))


_TYPES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "integer": (_is_integer, "an integer"),
    "number": (_is_number, "a number"),
    "string": (lambda value: isinstance(value, str), "a text"),
}


def _within(value: Any, parameter: Parameter) -> bool:
    measure = len(value) if isinstance(value, str) else value
    return (parameter.min is None or measure >= parameter.min) and (
        parameter.max is None or measure <= parameter.max
    )


def _range(parameter: Parameter) -> str:
    unit = " characters" if parameter.type == "string" else ""
    match parameter.min, parameter.max:
        case None, None:
            return ""
        case low, None:
            return f" of at least {low:g}{unit}"
        case None, high:
            return f" of at most {high:g}{unit}"
        case low, high:
            return f" from {low:g} to {high:g}{unit}"


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
