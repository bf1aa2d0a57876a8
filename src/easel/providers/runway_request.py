"""What RunwayML is asked for, and what it says is wrong with that.

https://docs.dev.runwayml.com/api/#tag/Start-generating/paths/~1v1~1text_to_image/post
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from easel.errors import InvalidValueError
from easel.platform.calls import HttpAnswer
from easel.providers.error_report import ErrorReport, clean_up, read_error
from easel.providers.protocol import Attempt, Options

# What has another name there than in a card.
_RENAMED: Mapping[str, str] = {
    "output_format": "outputFormat",
    "publicFigureThreshold": "contentModeration",
    "size": "ratio",
}

# The same the other way round, for what it complains about.
_CARDS = {theirs: ours for ours, theirs in _RENAMED.items()} | {
    "outputCount": "n",
    "promptText": "prompt",
}

_TAG = re.compile(r"[A-Za-z]\w{2,15}", re.ASCII)


class RunwayOptions(Options):
    """What a model takes.

    Attributes:
        tags: whether its prompt may refer to images by tags.
    """

    tags: bool = False


def body_of(attempt: Attempt) -> dict[str, object]:
    """The body that begins a task.

    Raises:
        InvalidValueError: the tags do not fit.
    """
    parameters = dict(attempt.parameters)
    tags = parameters.pop("reference_tags", None)
    images = parameters.pop("referenceImages", [])
    body: dict[str, object] = {"model": attempt.model, "promptText": attempt.prompt}
    body |= {_RENAMED.get(name, name): _value(name, value) for name, value in parameters.items()}
    if attempt.count > 1:
        body["outputCount"] = attempt.count
    if images or tags is not None:
        sent = images if isinstance(images, list) else [images]
        named = tags is not None or attempt.options_as(RunwayOptions).tags
        body["referenceImages"] = [*_references(sent, tags if tags is not None else [], named)]
    return body


def error_report_of(answer: HttpAnswer) -> ErrorReport:
    """What an error says: beside its sentence it lists the fields that it is about."""
    error_report = read_error(answer)
    issues = answer.body.get("issues") if isinstance(answer.body, dict) else None
    listed = issues if isinstance(issues, list) else []
    found = [issue for issue in listed if isinstance(issue, dict)]
    if not found:
        return error_report
    words = " ".join(str(issue.get("message", "")) for issue in found[:3])
    path = found[0].get("path")
    field = str(path[0]) if isinstance(path, list) and path else ""
    return replace(
        error_report,
        code="model_not_found" if field == "model" else error_report.code,
        sentence=clean_up(f"{error_report.sentence} {words}"),
        param=_CARDS.get(field, field) or None,
    )


def _value(name: str, value: object) -> object:
    if name == "size":
        return str(value).replace("x", ":")
    if name == "publicFigureThreshold":
        return {name: value}
    return value


def _references(images: Sequence[object], tags: object, named: bool) -> Iterator[dict[str, object]]:
    """The images in their order, by the names that the prompt may call them: `@image1`."""
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
        yield {"uri": image, "tag": name} if named else {"uri": image}
