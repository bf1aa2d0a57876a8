"""The routes that make images: generations, edits and variations."""

from easel.access.guards import authenticate
from easel.catalog.cards import Task
from easel.generation.incoming import Incoming
from easel.generation.pipeline import make_images
from easel.jobs.submit import submit_job
from easel.platform.http import Request, Response
from easel.services import Services
from easel.wire.bodies import read_edit, read_generation


async def generate_images(request: Request, services: Services) -> Response:
    """`POST /v1/images/generations`."""
    caller = await authenticate(request, services)
    body = await read_generation(request)
    incoming = Incoming(request, body, "generate", None, caller)
    return await make_images(incoming, services, submit_job)


async def edit_images(request: Request, services: Services) -> Response:
    """`POST /v1/images/edits`."""
    return await _from_images("edit", request, services)


async def vary_images(request: Request, services: Services) -> Response:
    """`POST /v1/images/variations`."""
    return await _from_images("vary", request, services)


async def _from_images(task: Task, request: Request, services: Services) -> Response:
    caller = await authenticate(request, services)
    body, sources = await read_edit(request)
    return await make_images(Incoming(request, body, task, sources, caller), services, submit_job)
