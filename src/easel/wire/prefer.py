"""The `Prefer` header.

https://www.rfc-editor.org/rfc/rfc7240
"""

from easel.errors import InvalidValueError
from easel.platform.http import Request
from easel.wire.requests import ImageRequest

# The response does not wait for the work. https://www.rfc-editor.org/rfc/rfc7240#section-4.1
RESPOND_ASYNC = "respond-async"

# In characters. A server may ignore preferences, and no real header is longer.
_LONGEST = 1024


def preferences(header: str) -> list[str]:
    """Names of the preferences in a header, in lower case; empty if the header is too long."""
    if len(header) > _LONGEST:
        return []
    return [one.partition(";")[0].strip().lower() for one in _without_quoted(header).split(",")]


def _without_quoted(header: str) -> str:
    """Remove quoted strings, which may contain commas and escaped quotation marks, in linear time.

    An unterminated string extends to the end of the header.
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


def runs_in_background(request: Request, body: ImageRequest) -> bool:
    """Whether the request is to run in the background.

    Raises:
        InvalidValueError: it has a webhook and is not to run in the background.
    """
    wants = body.is_background or prefers_background(request)
    if body.webhook is not None and not wants:
        raise InvalidValueError(
            "Webhooks work only with background requests: also send 'background': true or the "
            "header 'Prefer: respond-async'.",
            param="webhook",
        )
    return wants


def prefers_background(request: Request) -> bool:
    """Whether the `Prefer` header asks for a background request."""
    return RESPOND_ASYNC in preferences(request.headers.get("prefer", ""))
