"""Match a request's path to a route and read the path's parameters.

A pattern is a path in which `{name}` stands for one segment, and `{name:path}` as the last segment
for all the rest of the path. Neither matches an empty string.
"""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote

from easel.platform.http import Request, Response
from easel.services import Services

Handler = Callable[[Request, Services], Awaitable[Response]]
# The handlers of each pattern, by method.
Routes = Mapping[str, Mapping[str, Handler]]


def match_path(path: str, routes: Routes) -> tuple[str, dict[str, str]] | None:
    """Find the first pattern that matches a path.

    Args:
        path: percent-encoded, so that an encoded slash does not end a segment.
        routes: in order of precedence.

    Returns:
        The pattern and the percent-decoded parameters, or None.
    """
    for pattern in routes:
        parameters = _match(path, pattern)
        if parameters is not None:
            return pattern, parameters
    return None


def _match(path: str, pattern: str) -> dict[str, str] | None:
    expected = pattern.split("/")
    segments = path.split("/", len(expected) - 1 if pattern.endswith(":path}") else -1)
    if len(segments) != len(expected):
        return None
    parameters: dict[str, str] = {}
    for want, segment in zip(expected, segments, strict=True):
        if want.startswith("{") and segment:
            parameters[want.strip("{}").partition(":")[0]] = unquote(segment)
        elif want != segment:
            return None
    return parameters


def handler_for(method: str, handlers: Mapping[str, Handler]) -> Handler | None:
    """Return the handler of a method. HEAD has that of GET; its body is dropped afterwards."""
    return handlers.get("GET" if method == "HEAD" else method)


def allowed_methods(handlers: Mapping[str, Handler]) -> str:
    """Return the value of the `Allow` header."""
    return ", ".join([*handlers, *(["HEAD"] if "GET" in handlers else []), "OPTIONS"])
