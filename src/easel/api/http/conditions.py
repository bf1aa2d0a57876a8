"""Evaluate the conditional headers of a request (RFC 9110, 13).

R2 can evaluate them too, but it throws on malformed headers, which a server must ignore.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from easel.errors import PreconditionFailedError
from easel.platform.http import Response

_TAG = re.compile(r'(W/)?("[^"]*")')

# The current format and the two obsolete ones. https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
_DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")


def evaluate_conditions(request: Mapping[str, str], answer: Mapping[str, str]) -> int:
    """Evaluate the `If-...` headers against the `etag` and `last-modified` of the response.

    A malformed entity tag matches no image, and a malformed date is ignored.

    Returns:
        200 to send the image, 304 if the client already has it, or 412 if a precondition fails.
    """
    etag = answer["etag"]
    if (tags := request.get("if-match")) is not None:
        if not _matches(tags, etag, weakly=False):
            return 412
    elif _changed_since(request.get("if-unmodified-since"), answer):
        return 412
    if (tags := request.get("if-none-match")) is not None:
        return 304 if _matches(tags, etag, weakly=True) else 200
    return 304 if _changed_since(request.get("if-modified-since"), answer) is False else 200


def meets_if_range(text: str | None, answer: Mapping[str, str]) -> bool:
    """Whether the `If-Range` header is absent or matches, so that a range may be sent."""
    if text is None:
        return True
    date = _read_date(text)
    return text == answer["etag"] or (date is not None and date == _last_modified(answer))


def response_without_image(status: int, headers: Mapping[str, str]) -> Response:
    """Return the response for the status 304.

    Raises:
        PreconditionFailedError: the status is 412.
    """
    if status == 304:
        of_the_body = ("content-length", "content-type")
        return Response(304, {k: v for k, v in headers.items() if k not in of_the_body})
    raise PreconditionFailedError(
        "The image does not match the conditions of the request, such as If-Match."
    )


def _matches(tags: str, etag: str, *, weakly: bool) -> bool:
    """Whether a list of entity tags, or `*`, matches a strong entity tag."""
    return tags.strip() == "*" or any(
        tag == etag and (weakly or not weak) for weak, tag in _TAG.findall(tags)
    )


def _changed_since(text: str | None, answer: Mapping[str, str]) -> bool | None:
    """Whether the image is newer than an HTTP date; None if the text is not a date."""
    date = _read_date(text or "")
    return None if date is None else _last_modified(answer) > date


def _last_modified(answer: Mapping[str, str]) -> datetime:
    return datetime.strptime(answer["last-modified"], _DATES[0])


def _read_date(text: str) -> datetime | None:
    for form in _DATES:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None
