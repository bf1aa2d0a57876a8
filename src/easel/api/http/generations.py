"""The routes that make images: generations, edits and variations."""

from easel.access.guards import admit
from easel.generation.pipeline import make_images
from easel.jobs.submit import put_off
from easel.platform.http import Request, Response
from easel.services import Services
from easel.wire.bodies import read_edit, read_generation


async def generate_images(request: Request, services: Services) -> Response:
    """`POST /v1/images/generations`."""
    payer = await admit(request, services)
    body = await read_generation(request)
    return await make_images(request, body, "generate", None, payer, services, put_off)


async def edit_images(request: Request, services: Services) -> Response:
    """`POST /v1/images/edits`."""
    payer = await admit(request, services)
    body, sources = await read_edit(request)
    return await make_images(request, body, "edit", sources, payer, services, put_off)


async def vary_images(request: Request, services: Services) -> Response:
    """`POST /v1/images/variations`."""
    payer = await admit(request, services)
    body, sources = await read_edit(request)
    return await make_images(request, body, "vary", sources, payer, services, put_off)
