"""The HTTP application: the routing table, the error boundary and the headers of every response."""

import re
from collections.abc import Mapping
from dataclasses import replace

from easel.api.http.files import show_file
from easel.api.http.generations import edit_images, generate_images, vary_images
from easel.api.http.health import show_health
from easel.api.http.jobs import cancel_job, show_job
from easel.api.http.library import delete_image, list_images, show_image
from easel.api.http.models import list_models, show_model
from easel.api.http.reruns import rerun_image
from easel.api.http.usage import show_usage
from easel.api.router import Handler, Routes, allowed_methods, handler_for, match_path
from easel.errors import EaselError, MethodNotAllowedError, NotFoundError, ServerError
from easel.middleware import observe, report, request_id_of, timing
from easel.observability.request_log import describe_bug
from easel.platform.buffers import Stream
from easel.platform.http import Request, Response
from easel.services import Services
from easel.wire.responses import error_response

# The first pattern that matches a path counts.
ROUTES: Routes = {
    "/health": {"GET": show_health},
    "/images/{path:path}": {"GET": show_file},
    "/v1/images": {"GET": list_images},
    "/v1/images/edits": {"POST": edit_images},
    "/v1/images/generations": {"POST": generate_images},
    "/v1/images/variations": {"POST": vary_images},
    "/v1/images/jobs/{id}": {"GET": show_job, "DELETE": cancel_job},
    "/v1/images/{id}": {"GET": show_image, "DELETE": delete_image},
    "/v1/images/{id}/rerun": {"POST": rerun_image},
    "/v1/models": {"GET": list_models},
    "/v1/models/{id:path}": {"GET": show_model},
    "/v1/usage": {"GET": show_usage},
}

# The headers that the OpenAI SDKs read, and easel's own. A browser hides all others from a page.
_EXPOSED = (
    "content-range, etag, idempotent-replayed, location, preference-applied, retry-after, "
    "retry-after-ms, server-timing, x-request-id, x-should-retry, x-easel-attempts, "
    "x-easel-cache, x-easel-cost-usd, x-easel-missing, x-easel-missing-codes, x-easel-model, "
    "x-easel-provider, x-easel-seed, x-easel-warnings"
)
_HEADER_NAMES = re.compile(r"[a-zA-Z0-9\-_, ]{1,2000}", re.ASCII)


async def handle(request: Request, services: Services) -> Response:
    """Answer a request; every error becomes a response.

    Web pages of any origin may read the response: a key travels in a header that the page itself
    must set, so a visitor's browser adds no credential.
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
    except Exception as error:  # noqa: BLE001 - the error boundary: details go to the log only
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
    match = match_path(request.path, ROUTES)
    pattern, parameters = match if match is not None else ("none", {})
    handlers = ROUTES.get(pattern, {})
    services.request_log.tell({"route": pattern})
    if request.method == "OPTIONS":
        return _preflight(request, handlers)
    if match is None:
        raise NotFoundError(f"There is no route for the path {request.path[:100]}.")
    handler = handler_for(request.method, handlers)
    if handler is None:
        allowed = allowed_methods(handlers)
        raise MethodNotAllowedError(
            f"This path allows the methods {allowed}, not {request.method[:20]}.",
            headers={"allow": allowed},
        )
    return await handler(replace(request, path_parameters=parameters), services)


def _preflight(request: Request, handlers: Mapping[str, Handler]) -> Response:
    """Answer a CORS preflight: pages may send any header; access is decided by the key."""
    requested = request.headers.get("access-control-request-headers", "")
    is_harmless = _HEADER_NAMES.fullmatch(requested)
    return Response(
        200,
        {
            "access-control-allow-methods": allowed_methods(handlers),
            "access-control-allow-headers": requested if is_harmless else "*",
            "access-control-max-age": "86400",
            "content-length": "0",
        },
    )
