"""The health check: easel itself, and for admins also the bucket, Workers AI and the ledger."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from easel import VERSION
from easel.access.guards import authenticate_admin
from easel.errors import EaselError
from easel.ledger.upkeep import check
from easel.limits import PROBE_SECONDS
from easel.platform.calls import ModelCall, UpstreamFailure
from easel.platform.http import Request, Response
from easel.services import Services
from easel.wire.responses import json_response

# Workers AI rejects a model that does not exist. That costs nothing and proves that it answers.
# https://developers.cloudflare.com/workers-ai/platform/errors/
_NO_MODEL = "@cf/easel/health"
_NO_SUCH_MODEL = ("5007", "no such model")


async def show_health(request: Request, services: Services) -> Response:
    """`GET /health`, and `GET /health?deep=1` for admins.

    Raises:
        NotAuthorizedError: the deep check was requested without a key.
        ForbiddenError: the deep check was requested with a key that is not an admin's.
    """
    deep = parse_qs(request.query).get("deep", [""])[0].lower()
    if deep in ("", "0", "false"):
        return json_response({"status": "ok", "version": VERSION})
    await authenticate_admin(request, services)
    probes = {"bucket": _probe_bucket, "ai": _probe_ai, "ledger": _probe_ledger}
    results = await asyncio.gather(*(_probe(probe, services) for probe in probes.values()))
    checks = dict(zip(probes, results, strict=True))
    is_healthy = all(result["status"] == "ok" for result in results)
    content = {
        "status": "ok" if is_healthy else "degraded",
        "version": VERSION,
        "checks": checks,
    }
    return json_response(content, status=200 if is_healthy else 503)


async def _probe(
    probe: Callable[[Services], Awaitable[None]], services: Services
) -> dict[str, object]:
    began = services.now()
    status = "ok"
    try:
        await asyncio.wait_for(probe(services), PROBE_SECONDS)
    except TimeoutError:
        status = "no answer"
    except (EaselError, UpstreamFailure) as failure:
        services.log(f"a probe failed: {failure!r}")
        status = "failing"
    passed = (services.now() - began).total_seconds()
    return {"status": status, "milliseconds": round(1000 * passed)}


async def _probe_bucket(services: Services) -> None:
    await services.bucket.head("health")


async def _probe_ai(services: Services) -> None:
    try:
        await services.run_model(ModelCall(_NO_MODEL, {"prompt": "health"}))
    except UpstreamFailure as failure:
        if not any(words in str(failure).lower() for words in _NO_SUCH_MODEL):
            raise


async def _probe_ledger(services: Services) -> None:
    await services.ledger(check)
