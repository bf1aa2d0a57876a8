"""The `Prefer` header.

https://www.rfc-editor.org/rfc/rfc7240
"""

from easel.errors import InvalidValueError
from easel.platform.http import Request
from easel.wire.requests import ImageRequest

# To be answered before the work is done. https://www.rfc-editor.org/rfc/rfc7240#section-4.1
RESPOND_ASYNC = "respond-async"

# A server may ignore preferences; no client has so many that they need more characters.
_LONGEST = 1024


def preferences(header: str) -> list[str]:
    """The names of the preferences in a header, in lower case; none where it is too long."""
    if len(header) > _LONGEST:
        return []
    return [one.partition(";")[0].strip().lower() for one in _without_quoted(header).split(",")]


def _without_quoted(header: str) -> str:
    """A header without its quoted strings, which may contain commas and escaped quotation marks.

    Each character is looked at once. A string that does not end reaches to the end of the header.
    """
    outside: list[str] = []
    is_quoted = is_escaped = False
    for character in header:
        if is_escaped:
            is_escaped = False
        elif character == '"':
            is_quoted = not is_quoted
        elif is_quoted:
            is_escaped = character == "\\"
        else:
            outside.append(character)
    return "".join(outside)


def wants_background(request: Request, body: ImageRequest) -> bool:
    """Whether the answer is not to wait for the images.

    Raises:
        InvalidValueError: it is to wait, and a webhook is to be told.
    """
    wants = body.is_background or prefers_background(request)
    if body.webhook is not None and not wants:
        raise InvalidValueError(
            "A webhook is told of background requests: send 'background': true, or the header "
            "'Prefer: respond-async'.",
            param="webhook",
        )
    return wants


def prefers_background(request: Request) -> bool:
    """Whether a header says that the answer need not wait for the images."""
    return RESPOND_ASYNC in preferences(request.headers.get("prefer", ""))
