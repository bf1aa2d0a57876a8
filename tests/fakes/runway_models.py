"""The parameters of Runway's models, from its SDK's types, which are generated from its API."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Required, get_args, get_origin, get_type_hints

from runwayml.types import text_to_image_create_params

# Limits that only the descriptions of the types state.
_LONGEST_PROMPTS = {"gen4_image": 1000, "gen4_image_turbo": 1000}
_MOST_IMAGES = {
    "bria_fibo_1_5": 1,
    "bria_fibo_edit_1_5": 4,
    "gemini_2.5_flash": 3,
    "gen4_image": 3,
    "gen4_image_turbo": 3,
    "gpt_image_2": 16,
    "gpt_image_2_5_flare": 16,
    "gpt_image_2_5_sunburst": 16,
    "grok_imagine_image_2": 3,
    "ideogram_4_0": 1,
    "ideogram_4_5": 5,
    "muse_image": 10,
}
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,15}", re.ASCII)


@dataclass(frozen=True)
class Parameter:
    """A parameter: its type, and whether it is required."""

    type: Any
    required: bool


@dataclass(frozen=True)
class Model:
    """The parameters of a model, by their names in JSON."""

    name: str
    parameters: Mapping[str, Parameter]

    def issues(self, body: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
        """The problems of a body, each a code, the field and a sentence."""
        for name in body:
            if name not in self.parameters:
                yield "unrecognized_keys", name, f"Unrecognized key: {name}"
        for name, parameter in self.parameters.items():
            if name not in body:
                if parameter.required:
                    yield "invalid_type", name, "Required"
            elif not _fits(body[name], parameter.type):
                yield "invalid_value", name, f"Invalid value for {name}"
        longest = _LONGEST_PROMPTS.get(self.name, 32000)
        if not 0 < len(str(body.get("promptText", ""))) <= longest:
            yield "too_big", "promptText", f"Text must contain 1 to {longest} characters"
        yield from self._image_issues(body.get("referenceImages"))

    def _image_issues(self, images: Any) -> Iterator[tuple[str, str, str]]:
        if not isinstance(images, list):
            return
        if not 0 < len(images) <= _MOST_IMAGES.get(self.name, 14):
            yield "too_big", "referenceImages", "Too many or too few images"
        tags = [image["tag"] for image in images if "tag" in image]
        if not all(map(_TAG.fullmatch, tags)) or len(set(tags)) < len(tags):
            yield "invalid_string", "referenceImages", "Tags must be unique words"
        for image in images:
            if not re.match(r"https://|runway://|data:image/\w+;base64,", image.get("uri", "")):
                yield "invalid_string", "referenceImages", "uri must be HTTPS, Runway or data"


def _model_of(kind: Any) -> Model | None:
    hints = get_type_hints(kind, include_extras=True)
    if "model" not in hints:
        return None
    parameters = {}
    for name, hint in hints.items():
        required = get_origin(hint) is Required
        inner = get_args(hint)[0] if required else hint
        alias = name
        if get_origin(inner) is Annotated:
            inner, property_info = get_args(inner)
            alias = property_info.alias
        parameters[alias] = Parameter(inner, required)
    return Model(get_args(parameters["model"].type)[0], parameters)


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if kind in (int, str, bool):
        return type(value) is kind
    arguments = [one for one in get_args(kind) if one is not type(None)]
    if arguments and get_origin(kind) not in (None, list) and not _is_iterable(kind):
        return any(_fits(value, one) for one in arguments)
    if _is_iterable(kind):
        return isinstance(value, list) and all(_fits(item, arguments[0]) for item in value)
    # A nested object.
    names = {_alias(name, hint) for name, hint in get_type_hints(kind, include_extras=True).items()}
    return isinstance(value, dict) and set(value) <= names


def _is_iterable(kind: Any) -> bool:
    name = getattr(get_origin(kind), "__name__", "")
    return name in ("Iterable", "Sequence", "SequenceNotStr", "list")


def _alias(name: str, hint: Any) -> str:
    if get_origin(hint) is Annotated:
        alias: str = get_args(hint)[1].alias
        return alias
    return name


_KINDS = (
    getattr(text_to_image_create_params, name) for name in text_to_image_create_params.__all__
)
MODELS: Mapping[str, Model] = {
    model.name: model
    for kind in _KINDS
    if hasattr(kind, "__total__") and (model := _model_of(kind))
}
