"""The inputs of a model's call, in the forms that several providers share."""

import re

from pydantic import Field

from easel.errors import InvalidValueError, ModelGoneError
from easel.providers.protocol import Attempt, Options

_PATH = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)+", re.ASCII)


class InputOptions(Options):
    """How a model names its inputs.

    Attributes:
        sizes: the inputs that stand for a size, by size (WxH).
        sized: the inputs that are sent together with a width and a height.
        names: the model's names of inputs that a card cannot rename elsewhere.
    """

    sizes: dict[str, dict[str, str]] = Field(default_factory=dict)
    sized: dict[str, str] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)


def inputs_of(attempt: Attempt, options: InputOptions, *, count: str) -> dict[str, object]:
    """The prompt and the parameters under the model's names.

    Args:
        attempt: the attempt.
        options: the options of the model's card.
        count: the name of the number of images, which is sent where it is not one.
    """
    inputs: dict[str, object] = {"prompt": attempt.prompt, **attempt.parameters}
    if options.sizes and "size" in inputs:
        inputs |= options.sizes[str(inputs.pop("size"))]
    if "width" in inputs:
        inputs |= options.sized
    if attempt.count > 1:
        inputs[count] = attempt.count
    return {options.names.get(name, name): value for name, value in inputs.items()}


def refuse_aspect_ratio(attempt: Attempt) -> None:
    """Refuse an aspect ratio, for edits that keep the shape of their image.

    Raises:
        InvalidValueError: the attempt has an aspect ratio.
    """
    if "aspect_ratio" in attempt.parameters:
        raise InvalidValueError(
            f"{attempt.model} keeps the shape of the image that it edits. Leave out the aspect "
            "ratio.",
            param="aspect_ratio",
        )


def check_path(model: str, title: str) -> str:
    """Return a model's id if it can be a part of a URL's path.

    Raises:
        ModelGoneError: it cannot, so it names no model.
    """
    if _PATH.fullmatch(model) is None:
        raise ModelGoneError(f"{title} has no model with this name.", param="model")
    return model
