"""The schema of a BentoML service, and the calls of its routes that follow from it.

https://docs.bentoml.com/en/latest/build-with-bentoml/services.html
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from easel.errors import ModelGoneError, UnsupportedParameterError
from easel.platform.buffers import Attachment, JsonValue

Properties = Mapping[str, JsonValue]

# Services' names of easel's parameters, the most usual first. The author of a service chooses them.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "num_inference_steps": ("num_inference_steps", "steps", "num_steps"),
    "guidance_scale": ("guidance_scale", "guidance", "cfg_scale"),
}


@dataclass(frozen=True)
class Route:
    """A route of a service.

    Attributes:
        path: the path below the service's URL.
        is_task: whether a call submits a task, which is polled.
        arguments: the schemas of the arguments, by name.
    """

    path: str
    is_task: bool
    arguments: Properties


def find_route(schema: Mapping[str, JsonValue], name: str, title: str) -> Route:
    """Find a route by its name or its path.

    Raises:
        ModelGoneError: the service has no such route.
    """
    listed = schema.get("routes")
    routes = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    for route in routes:
        path = route.get("route")
        if isinstance(path, str) and name.strip("/") in (route.get("name"), path.strip("/")):
            return Route(
                f"/{path.strip('/')}", bool(route.get("is_task")), _properties(route.get("input"))
            )
    names = ", ".join(str(route.get("name")) for route in routes) or "none"
    raise ModelGoneError(f"{title} has no route {name}. Its routes are: {names}.")


def body_for(
    route: Route, given: Mapping[str, object], title: str
) -> tuple[dict[str, object], bool]:
    """The arguments of a call, and whether they must be sent as a form.

    Args:
        route: the route.
        given: arguments under easel's names; images are attachments, `image` a list of them.
        title: the service's name.

    Raises:
        UnsupportedParameterError: the route has no such argument.
    """
    body: dict[str, object] = {}
    for name, value in given.items():
        group, found = _place(route.arguments, name)
        if found is None:
            names = ", ".join(route.arguments) or "none"
            raise UnsupportedParameterError(
                f"{title}: {route.path} has no argument '{name}'. Its arguments are: {names}.",
                param=name,
            )
        into = body if group is None else body.setdefault(group, {})
        assert isinstance(into, dict)
        into[found] = _files(value, _schema(route.arguments, group, found), name, title)
    is_form = any(map(_has_files, body.values()))
    return (_as_form(body) if is_form else body), is_form


def _place(arguments: Properties, name: str) -> tuple[str | None, str | None]:
    """The group of an argument, None for the top level, and its name there, None if there is none.

    A parameter that is a pydantic model is a group of arguments.
    """
    groups = {key: _properties(one) for key, one in arguments.items()}
    for group, some in ((None, arguments), *groups.items()):
        for found in _names_properties(some, name):
            return group, found
    return None, None


def _names_properties(arguments: Properties, name: str) -> Iterator[str]:
    if name in ("image", "mask"):
        # Its name is free, so it is found by its type.
        for found, schema in arguments.items():
            if _takes_files(schema) and ("mask" in found) == (name == "mask"):
                yield found
    else:
        yield from (one for one in _NAMES.get(name, (name,)) if one in arguments)


def _files(value: object, schema: JsonValue, name: str, title: str) -> object:
    """Files in the argument's form: a list, or a single file."""
    if not isinstance(value, list) or not _has_files(value) or _is_list(schema):
        return value
    if len(value) > 1:
        raise UnsupportedParameterError(
            f"{title}: the route takes one image, not several.", param=name
        )
    return value[0]


def _as_form(body: Mapping[str, object]) -> dict[str, object]:
    """Fields of a form. The service reads each field as JSON if it can, so texts are JSON, too."""
    return {name: value if _has_files(value) else json.dumps(value) for name, value in body.items()}


def _has_files(value: object) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, Attachment)


def _schema(arguments: Properties, group: str | None, name: str) -> JsonValue:
    return (arguments if group is None else _properties(arguments[group]))[name]


def _is_list(schema: JsonValue) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "array"


def _properties(schema: JsonValue) -> Properties:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return properties if isinstance(properties, dict) else {}


def _takes_files(schema: JsonValue) -> bool:
    if not isinstance(schema, dict):
        return False
    inner = schema.get("items") if _is_list(schema) else schema
    return isinstance(inner, dict) and inner.get("type") == "file"
