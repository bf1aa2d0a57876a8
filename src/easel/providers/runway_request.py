"""RunwayML's requests, and its errors about them.

https://docs.dev.runwayml.com/api/#tag/Start-generating/paths/~1v1~1text_to_image/post
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from easel.errors import InvalidValueError
from easel.platform.calls import HttpAnswer
from easel.providers import error_report
from easel.providers.error_report import ErrorReport
from easel.providers.json_values import text_at, value_at
from easel.providers.protocol import Attempt, Options

# RunwayML's names of parameters that have another name in a card.
_RENAMED: Mapping[str, str] = {
    "output_format": "outputFormat",
    "publicFigureThreshold": "contentModeration",
    "size": "ratio",
}

# The cards' names of RunwayML's fields, for errors.
_CARDS = {theirs: ours for ours, theirs in _RENAMED.items()} | {
    "outputCount": "n",
    "promptText": "prompt",
}

_TAG = re.compile(r"[A-Za-z]\w{2,15}", re.ASCII)


class RunwayOptions(Options):
    """What the prompt of a model may contain.

    Attributes:
        tags: whether the prompt may refer to images by tags.
    """

    tags: bool = False


def body_of(attempt: Attempt) -> dict[str, object]:
    """The body of the request that submits a task.

    Raises:
        InvalidValueError: the tags do not fit the images.
    """
    parameters = dict(attempt.parameters)
    tags = parameters.pop("reference_tags", None)
    images = parameters.pop("referenceImages", [])
    body: dict[str, object] = {"model": attempt.model, "promptText": attempt.prompt}
    body |= {_RENAMED.get(name, name): _value(name, value) for name, value in parameters.items()}
    if attempt.count > 1:
        body["outputCount"] = attempt.count
    if images or tags is not None:
        has_tags = tags is not None or attempt.options_as(RunwayOptions).tags
        listed = images if isinstance(images, list) else [images]
        body["referenceImages"] = [*_references(listed, tags, has_tags)]
    return body


def read_error(answer: HttpAnswer) -> ErrorReport:
    """Read an error, which lists the fields at fault in `issues`."""
    report = error_report.read_error(answer)
    issues = value_at(answer.body, "issues")
    if not isinstance(issues, list) or not issues:
        return report
    messages = " ".join(text_at(issue, "message") for issue in issues[:3])
    field = str(value_at(issues, 0, "path", 0) or "")
    return replace(
        report,
        code="model_not_found" if field == "model" else report.code,
        sentence=error_report.clean_up(f"{report.sentence} {messages}"),
        param=_CARDS.get(field, field) or None,
    )


def _value(name: str, value: object) -> object:
    if name == "size":
        return str(value).replace("x", ":")
    if name == "publicFigureThreshold":
        return {name: value}
    return value


def _references(
    images: Sequence[object], tags: object, has_tags: bool
) -> Iterator[dict[str, object]]:
    """The images in their order, with the tags by which the prompt refers to them: `@image1`."""
    given = tags if isinstance(tags, list) else []
    names = [*given, *(f"image{index + 1}" for index in range(len(given), len(images)))]
    fit = all(isinstance(name, str) and _TAG.fullmatch(name) for name in names)
    if len(given) > len(images) or not fit or len({*map(str, names)}) < len(names):
        raise InvalidValueError(
            "Invalid value for 'reference_tags': expected at most a tag for each image, all "
            "different, of 3 to 16 letters, digits and underscores that begin with a letter.",
            param="reference_tags",
        )
    for image, name in zip(images, names, strict=True):
        yield {"uri": image, "tag": name} if has_tags else {"uri": image}
