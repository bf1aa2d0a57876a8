"""The routes that make images: generations, edits and variations."""

from easel.access.guards import admit
from easel.generation.pipeline import make_images
from easel.jobs.submit import submit_job
from easel.platform.http import Request, Response
from easel.services import Services
from easel.wire.bodies import read_edit, read_generation


async def generate_images(request: Request, services: Services) -> Response:
    """`POST /v1/images/generations`."""
    caller = await admit(request, services)
    body = await read_generation(request)
    return await make_images(request, body, "generate", None, caller, services, submit_job)


async def edit_images(request: Request, services: Services) -> Response:
    """`POST /v1/images/edits`."""
    caller = await admit(request, services)
    body, sources = await read_edit(request)
    return await make_images(request, body, "edit", sources, caller, services, submit_job)


async def vary_images(request: Request, services: Services) -> Response:
    """`POST /v1/images/variations`."""
    caller = await admit(request, services)
    body, sources = await read_edit(request)
    return await make_images(request, body, "vary", sources, caller, services, submit_job)
