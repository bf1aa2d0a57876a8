"""Check the parameters of a request against those of a model's card."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import from_json

from easel.catalog import ModelCard, Parameter
from easel.catalog.cards import Task
from easel.errors import (
    InvalidValueError,
    MissingParameterError,
    UnsupportedParameterError,
)
from easel.platform.numbers import MAX_SAFE_INTEGER
from easel.wire.numbers import is_finite
from easel.wire.requests import ImageRequest, shown

# Values of OpenAI's parameters that any model satisfies, even one without the parameter.
# https://platform.openai.com/docs/api-reference/images/create
_NEUTRAL: Mapping[str, tuple[str, ...]] = {
    "background": ("auto", "opaque"),
    "input_fidelity": ("low",),
    "moderation": ("auto",),
    "quality": ("auto",),
}


def accept_parameters(
    request: ImageRequest, card: ModelCard, task: Task
) -> tuple[dict[str, object], dict[str, str], list[str]]:
    """Validate the parameters of a request, and add those defaults of the card that are sent.

    Returns:
        The parameters under easel's names, the caller's name of each, and a warning for each
        parameter that was dropped.

    Raises:
        InvalidValueError: a value does not fit the card.
        UnsupportedParameterError: the card lacks a parameter and `drop_params` is not set.
        MissingParameterError: a parameter that the model requires is missing.
    """
    supported = {
        name: parameter
        for name, parameter in card.parameters.items()
        if not parameter.tasks or task in parameter.tasks
    }
    accepted: dict[str, object] = {
        name: parameter.default for name, parameter in supported.items() if parameter.sends_default
    }
    if task == "vary" and card.variation is not None:
        accepted |= card.variation.parameters
    warnings: list[str] = []
    names = accepted_names(supported)
    callers_names: dict[str, str] = {}
    for name, value in request.parameters.items():
        parameter = supported.get(names.get(name, ""))
        if parameter is not None:
            own_name = names[name]
            if own_name in callers_names:
                raise InvalidValueError(
                    f"'{callers_names[own_name]}' and '{name}' are the same parameter. Send only "
                    "one of them.",
                    param=name,
                )
            callers_names[own_name] = name
            accepted[own_name] = _check(name, _typed(value, parameter, request), parameter)
        elif value in _NEUTRAL.get(name, ()):
            continue
        elif request.drop_params:
            warnings.append(
                f"{card.id} does not support the parameter {shown(name)}; it was dropped."
            )
        else:
            own = ", ".join(supported) or "none"
            raise UnsupportedParameterError(
                f"{card.id} does not support the parameter {shown(name)}. Supported parameters: "
                f"{own}. Set drop_params to true to drop unsupported ones.",
                param=name,
            )
    missing = [name for name, one in supported.items() if one.required and name not in accepted]
    if missing:
        raise MissingParameterError(
            f"Missing required parameter: '{missing[0]}' ({card.id} requires it).",
            param=missing[0],
        )
    return accepted, callers_names, warnings


# The names of these parameters in other gateways and libraries.
_SYNONYMS: Mapping[str, str] = {
    "cfg_scale": "guidance",
    "guidance_scale": "guidance",
    "num_inference_steps": "steps",
    "num_steps": "steps",
    "random_seed": "seed",
}


def accepted_names(supported: Mapping[str, Parameter]) -> dict[str, str]:
    """Easel's name of each parameter of a model, by every name that callers may use for it."""
    names = {synonym: name for synonym, name in _SYNONYMS.items() if name in supported}
    names |= {one.upstream: name for name, one in supported.items() if one.upstream}
    return names | {name: name for name in supported}


def _typed(value: Any, parameter: Parameter, request: ImageRequest) -> Any:
    """The value in the parameter's type, where the caller sent it as the text of a form field."""
    if not request.is_text or parameter.type == "string" or not isinstance(value, str):
        return value
    for read in _READERS[parameter.type]:
        try:
            return read(value)
        except (ValueError, KeyError):
            continue
    return value


def _read_json(text: str) -> object:
    value = from_json(text)
    if not is_finite(value):
        raise ValueError("a number is too large")
    return value


_READERS: Mapping[str, tuple[Callable[[str], object], ...]] = {
    "integer": (int, float),
    "number": (int, float),
    "boolean": ({"true": True, "false": False}.__getitem__,),
    "object": (_read_json,),
    "array": (_read_json,),
}


def _check(name: str, value: Any, parameter: Parameter) -> Any:
    valid, kind = _TYPES[parameter.type]
    if not valid(value) or not _within(value, parameter):
        expected = f"one of {', '.join(parameter.choices)}" if parameter.choices else kind
        raise InvalidValueError(
            f"Invalid value for '{name}': expected {expected}{_range(parameter)}, "
            f"got {shown(value)}.",
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
    "string": (lambda value: isinstance(value, str), "a string"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "object": (lambda value: isinstance(value, dict), "an object"),
    "array": (lambda value: isinstance(value, list), "an array"),
}


def _within(value: Any, parameter: Parameter) -> bool:
    if parameter.choices and value not in parameter.choices:
        return False
    measure = len(value) if isinstance(value, (str, dict, list)) else value
    return (parameter.min is None or measure >= parameter.min) and (
        parameter.max is None or measure <= parameter.max
    )


def _range(parameter: Parameter) -> str:
    unit = {"string": " characters", "array": " items"}.get(parameter.type, "")
    match parameter.min, parameter.max:
        case None, None:
            return ""
        case low, None:
            return f" of at least {low:g}{unit}"
        case None, high:
            return f" of at most {high:g}{unit}"
        case low, high:
            return f" from {low:g} to {high:g}{unit}"
