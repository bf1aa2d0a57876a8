"""Make a stored image again."""

from pydantic_core import from_json

from easel.access.guards import admit_holder
from easel.api.http.library import find_image
from easel.catalog.cards import Task
from easel.errors import MissingParameterError
from easel.generation.incoming import Incoming
from easel.generation.pipeline import make_images
from easel.generation.planning.rerun import rerun_of
from easel.jobs.submit import submit_job
from easel.platform.http import Request, Response
from easel.services import Services
from easel.wire.bodies import read_edit, read_generation
from easel.wire.requests import ImageRequest
from easel.wire.sources import Sources

_ENDING = "/rerun"


async def rerun_image(request: Request, services: Services) -> Response:
    """`POST /v1/images/ID/rerun`: an image with the fields of another, except for those given.

    Raises:
        NotFoundError: the key has no such image.
        MissingParameterError: images are needed that are not kept, or a text that was cut.
        CallerError: what the route that made the image objects to.
    """
    caller = await admit_holder(request, services)
    record = await find_image(request.path.removesuffix(_ENDING), caller, services)
    about = from_json(record.about)
    task: Task = about.get("task", "generate")
    given, sources = await _read(request, task)
    body = rerun_of(about, given, services.settings())
    incoming = Incoming(request, body, task, sources, caller)
    return await make_images(incoming, services, submit_job)


async def _read(request: Request, task: Task) -> tuple[ImageRequest, Sources | None]:
    """Read the body, which may be empty, and the images in it."""
    if task == "generate":
        return await read_generation(request, may_be_empty=True), None
    given, sources = await read_edit(request, may_be_empty=True)
    if not sources.images:
        raise MissingParameterError(
            "Missing required parameter: 'image'. This image was made from others, which are not "
            "kept: a rerun needs them again, as a form or JSON.",
            param="image",
        )
    return given, sources
