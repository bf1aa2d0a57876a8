"""`GET /health`: whether easel runs, and for an admin whether what it stands on does."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from easel import VERSION
from easel.access.guards import admit_admin
from easel.errors import EaselError
from easel.ledger.upkeep import check
from easel.platform.calls import ModelCall, UpstreamFailure
from easel.platform.http import Request, Response
from easel.services import World
from easel.wire.responses import json_response

# Workers AI tells that there is no such model, which costs nothing and takes the whole way there.
# https://developers.cloudflare.com/workers-ai/platform/errors/
_NO_MODEL = "@cf/easel/health"
_NO_SUCH_MODEL = ("5007", "no such model")

_PATIENCE_SECONDS = 10.0


async def show_health(request: Request, world: World) -> Response:
    """`GET /health`, and `GET /health?deep=1` for admins.

    Raises:
        NotAuthorizedError: the deep one, for a stranger.
        ForbiddenError: the deep one, for a key that is no admin's.
    """
    deep = parse_qs(request.query).get("deep", [""])[0].lower()
    if deep in ("", "0", "false"):
        return json_response({"status": "ok", "version": VERSION})
    await admit_admin(request, world)
    probes = {"bucket": _probe_bucket, "ai": _probe_ai, "ledger": _probe_ledger}
    found = await asyncio.gather(*(_probe(probe, world) for probe in probes.values()))
    checks = dict(zip(probes, found, strict=True))
    is_well = all(one["status"] == "ok" for one in found)
    content = {
        "status": "ok" if is_well else "degraded",
        "version": VERSION,
        "checks": checks,
    }
    return json_response(content, status=200 if is_well else 503)


async def _probe(probe: Callable[[World], Awaitable[None]], world: World) -> dict[str, object]:
    began = world.now()
    status = "ok"
    try:
        await asyncio.wait_for(probe(world), _PATIENCE_SECONDS)
    except TimeoutError:
        status = "no answer"
    except (EaselError, UpstreamFailure) as failure:
        world.log(f"a probe failed: {failure!r}")
        status = "failing"
    passed = (world.now() - began).total_seconds()
    return {"status": status, "milliseconds": round(1000 * passed)}


async def _probe_bucket(world: World) -> None:
    await world.bucket.head("health")


async def _probe_ai(world: World) -> None:
    try:
        await world.run_model(ModelCall(_NO_MODEL, {"prompt": "health"}))
    except UpstreamFailure as failure:
        if not any(words in str(failure).lower() for words in _NO_SUCH_MODEL):
            raise


async def _probe_ledger(world: World) -> None:
    await world.ledger(check)
