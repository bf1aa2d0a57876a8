"""Routes, and the boundary at which every failure becomes an answer."""

import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote

from easel.api.http.files import private_cache, serve_image
from easel.api.http.generations import edit_images, generate_images, vary_images
from easel.api.http.health import show_health
from easel.api.http.jobs import cancel_job, get_job
from easel.api.http.library import delete_image, list_images, show_image
from easel.api.http.reruns import rerun_image
from easel.api.http.usage import show_usage
from easel.api.http.variants import serve_variant
from easel.catalog.custom import catalog_with
from easel.errors import EaselError, MethodNotAllowedError, NotFoundError, ServerError
from easel.generation.planning.models import resolve
from easel.library.urls import open_link
from easel.middleware import observe, report, request_id_of, timing
from easel.observability.request_log import describe_bug
from easel.platform.buffers import Stream
from easel.platform.http import Request, Response
from easel.services import Services
from easel.wire.responses import error_response, json_response, model_object, models_response

Handler = Callable[[Request, Services], Awaitable[Response]]


async def _list_models(_request: Request, services: Services) -> Response:
    catalog = catalog_with(services.settings().channels)
    # An alias is another key for the same card.
    listed = (card for name, card in catalog.items() if name == card.id and not card.is_general)
    return models_response(listed)


async def _get_model(request: Request, services: Services) -> Response:
    name = unquote(request.path.removeprefix("/v1/models/"))
    return json_response(model_object(resolve(catalog_with(services.settings().channels), name)))


async def _image(request: Request, services: Services) -> Response:
    opened, seconds = await open_link(request, services)
    response = await (serve_variant if opened.query else serve_image)(opened, services)
    if seconds is not None:
        public = response.headers["cache-control"]
        response.headers["cache-control"] = private_cache(public, seconds)
    return response


# A star stands for one segment of a path, a slash at the end for everything below it. Of several
# routes that fit, the first one counts.
ROUTES: Mapping[str, Mapping[str, Handler]] = {
    "/health": {"GET": show_health},
    "/images/": {"GET": _image},
    "/v1/images": {"GET": list_images},
    "/v1/images/edits": {"POST": edit_images},
    "/v1/images/generations": {"POST": generate_images},
    "/v1/images/variations": {"POST": vary_images},
    "/v1/images/jobs/*": {"GET": get_job, "DELETE": cancel_job},
    "/v1/images/*": {"GET": show_image, "DELETE": delete_image},
    "/v1/images/*/rerun": {"POST": rerun_image},
    "/v1/models": {"GET": _list_models},
    "/v1/models/": {"GET": _get_model},
    "/v1/usage": {"GET": show_usage},
}

# The headers that the OpenAI SDKs read, and ours; a browser hides what is not named.
_EXPOSED = (
    "content-range, etag, idempotent-replayed, location, preference-applied, retry-after, "
    "retry-after-ms, server-timing, x-request-id, x-should-retry, x-easel-attempts, "
    "x-easel-cache, x-easel-cost-usd, x-easel-missing, x-easel-missing-codes, x-easel-model, "
    "x-easel-provider, x-easel-seed, x-easel-warnings"
)
_HEADER_NAMES = re.compile(r"[a-zA-Z0-9\-_, ]{1,2000}", re.ASCII)


async def handle(request: Request, services: Services) -> Response:
    """Answer any request, whatever happens.

    Every answer can be read by pages of other origins: keys travel in headers that a page must
    set itself, so no visitor's browser adds a credential of its own.
    """
    observed = observe(services)
    services = observed.services
    request_id = request_id_of(request, services)
    services.request_log.tell({"request_id": request_id, "method": request.method[:20]})
    try:
        response = await _dispatch(request, services)
    except EaselError as error:
        services.request_log.tell({"code": error.code})
        if error.status >= 500:
            services.log(f"{error.code}: {error.message}")
        response = error_response(error)
    except Exception as error:  # noqa: BLE001 - the last line of defence: details go to the log alone
        services.log(describe_bug(error, services.request_log))
        response = error_response(ServerError("easel failed. Its log has the details."))
    if request.method == "HEAD":
        _drop_body(response)
    passed = (services.now() - observed.started).total_seconds()
    response.headers |= {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": _EXPOSED,
        "server-timing": timing(services.request_log, passed),
        "timing-allow-origin": "*",
        "x-content-type-options": "nosniff",
        "x-request-id": request_id,
    }
    report(response, observed)
    return response


def _drop_body(response: Response) -> None:
    if isinstance(response.body, Stream):
        response.body.cancel()
    response.body = None


async def _dispatch(request: Request, services: Services) -> Response:
    route = _route(request.path)
    services.request_log.tell({"route": route or "none"})
    methods = None if route is None else ROUTES[route]
    if request.method == "OPTIONS":
        return _preflight(request, methods or {})
    if methods is None:
        raise NotFoundError(f"Nothing is served at {request.path[:100]}.")
    # HEAD is GET without the body.
    handler = methods.get("GET" if request.method == "HEAD" else request.method)
    if handler is None:
        allowed = _allow(methods)
        raise MethodNotAllowedError(
            f"This path takes {allowed}, not {request.method[:20]}.", headers={"allow": allowed}
        )
    return await handler(request, services)


def _route(path: str) -> str | None:
    """The first route that fits a path, or None."""
    return next((route for route in ROUTES if _fits(route, path)), None)


def _fits(route: str, path: str) -> bool:
    if route.endswith("/"):
        return path.startswith(route) and path != route
    wanted, segments = route.split("/"), path.split("/")
    return len(wanted) == len(segments) and all(
        segment != "" if want == "*" else segment == want
        for want, segment in zip(wanted[1:], segments[1:], strict=True)
    )


def _allow(methods: Mapping[str, Handler]) -> str:
    names = [*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"]
    return ", ".join(names)


def _preflight(request: Request, methods: Mapping[str, Handler]) -> Response:
    """CORS: any page may call with the headers it names; what it may do, its key decides."""
    asked = request.headers.get("access-control-request-headers", "")
    return Response(
        200,
        {
            "access-control-allow-methods": _allow(methods),
            "access-control-allow-headers": asked if _HEADER_NAMES.fullmatch(asked) else "*",
            "access-control-max-age": "86400",
            "content-length": "0",
        },
    )
