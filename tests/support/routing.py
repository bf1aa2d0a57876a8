"""Requests as a handler gets them from the router."""

from dataclasses import replace

from easel.api.router import match_path
from easel.app import ROUTES
from easel.platform.http import Request


def routed(request: Request) -> Request:
    """Add the path parameters of the route that matches a request."""
    match = match_path(request.path, ROUTES)
    assert match is not None, request.path
    return replace(request, path_parameters=match[1])
