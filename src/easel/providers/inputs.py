"""The inputs of models that each have names of their own, as their cards' `options` tell.

- `sizes`: the inputs that stand for a size, by size.
- `sized`: what is said beside a width and a height.
- `names`: the provider's names of what a card cannot name otherwise.
- `count`: the name of the number of images.
"""

import re

from easel.errors import ModelGoneError
from easel.providers.protocol import Attempt

_PATH = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)+", re.ASCII)


def inputs_of(attempt: Attempt, count: str) -> dict[str, object]:
    """The prompt and the parameters as the model names them.

    Args:
        attempt: what is asked for.
        count: the usual name of the number of images, which is told where it is not one.
    """
    inputs: dict[str, object] = {"prompt": attempt.prompt, **attempt.parameters}
    sizes, sized, names = (attempt.options.get(name) for name in ("sizes", "sized", "names"))
    if isinstance(sizes, dict) and "size" in inputs:
        inputs |= sizes[inputs.pop("size")]
    if isinstance(sized, dict) and "width" in inputs:
        inputs |= sized
    if attempt.count > 1:
        inputs[str(attempt.options.get("count", count))] = attempt.count
    if isinstance(names, dict):
        inputs = {names.get(name, name): value for name, value in inputs.items()}
    return inputs


def check_path(model: str, title: str) -> str:
    """A model's id that becomes part of a URL, and so must be nothing else.

    Raises:
        ModelGoneError: it is no id.
    """
    if _PATH.fullmatch(model) is None:
        raise ModelGoneError(f"{title} has no model of this name.", param="model")
    return model
