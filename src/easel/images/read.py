"""Step one: read the request."""

from easel.errors import MediaTypeError
from easel.http import Request
from easel.wire.requests import GenerationRequest, parse_generation

# Far beyond the longest prompt, far below what would burden the isolate.
MAX_JSON_BYTES = 1024 * 1024


async def read_generation(request: Request) -> GenerationRequest:
    """Read the body of a generation.

    Raises:
        MediaTypeError: the body is not declared as JSON.
        BodyTooLargeError: it is longer than `MAX_JSON_BYTES`.
        CallerError: it is not what it should be.
    """
    declared = request.headers.get("content-type", "")
    media_type = declared.partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise MediaTypeError(
            "This route reads JSON: send the header 'content-type: application/json'."
        )
    return parse_generation(await request.read(MAX_JSON_BYTES))
