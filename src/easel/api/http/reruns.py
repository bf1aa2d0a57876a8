"""The route that makes a stored image again."""

from pydantic_core import from_json

from easel.access.guards import authenticate_holder
from easel.catalog.cards import Task
from easel.errors import MissingParameterError
from easel.generation.incoming import Incoming
from easel.generation.pipeline import make_images
from easel.generation.planning.rerun import rerun_of
from easel.jobs.submit import submit_job
from easel.library.images import find_image
from easel.platform.http import Request, Response
from easel.services import Services
from easel.wire.bodies import read_edit, read_generation
from easel.wire.requests import ImageRequest
from easel.wire.sources import Sources


async def rerun_image(request: Request, services: Services) -> Response:
    """`POST /v1/images/{id}/rerun`: the recorded request again, except for the fields in the body.

    Raises:
        NotFoundError: the key has no such image.
        MissingParameterError: the request needs input images, or a field that was truncated.
        CallerError: the resulting request is invalid.
    """
    caller = await authenticate_holder(request, services)
    record = await find_image(caller.name, request.path_parameters["id"], services)
    about = from_json(record.about)
    task: Task = about.get("task", "generate")
    given, sources = await _read(request, task)
    body = rerun_of(about, given, services.settings())
    incoming = Incoming(request, body, task, sources, caller)
    return await make_images(incoming, services, submit_job)


async def _read(request: Request, task: Task) -> tuple[ImageRequest, Sources | None]:
    """Read the body, which may be empty, and its images."""
    if task == "generate":
        return await read_generation(request, may_be_empty=True), None
    given, sources = await read_edit(request, may_be_empty=True)
    if not sources.images:
        raise MissingParameterError(
            "Missing required parameter: 'image'. This image was made from input images, which "
            "easel does not keep: send them again, in a form or in JSON.",
            param="image",
        )
    return given, sources
