"""Judge a request's conditions (RFC 9110, 13).

R2 could do so, but throws on headers that are malformed, which a server has to ignore.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from easel.errors import PreconditionFailedError
from easel.platform.http import Response

_TAG = re.compile(r'(W/)?("[^"]*")')

# The one in use and the two older ones. https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
_DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")


def judge(request: Mapping[str, str], answer: Mapping[str, str]) -> int:
    """Weigh the `If-...` headers of a request against an answer's `etag` and `last-modified`.

    What is no entity tag names no image, and what is no date is ignored.

    Returns:
        The status of what they come to: 200 to go on, 304 where the client has it already, or 412.
    """
    etag = answer["etag"]
    if (tags := request.get("if-match")) is not None:
        if not _names(tags, etag, weakly=False):
            return 412
    elif _changed_since(request.get("if-unmodified-since"), answer):
        return 412
    if (tags := request.get("if-none-match")) is not None:
        return 304 if _names(tags, etag, weakly=True) else 200
    return 304 if _changed_since(request.get("if-modified-since"), answer) is False else 200


def meets_if_range(text: str | None, answer: Mapping[str, str]) -> bool:
    """Whether an `If-Range` header, if there is one, lets a part of an image be sent."""
    if text is None:
        return True
    date = _read_date(text)
    return text == answer["etag"] or (date is not None and date == _last_modified(answer))


def answer_without_image(status: int, headers: Mapping[str, str]) -> Response:
    """The answer to a request whose conditions come to 304 or 412.

    Raises:
        PreconditionFailedError: they come to 412.
    """
    if status == 304:
        about_the_body = ("content-length", "content-type")
        return Response(304, {k: v for k, v in headers.items() if k not in about_the_body})
    raise PreconditionFailedError("The image is not the one that the request's conditions name.")


def _names(tags: str, etag: str, *, weakly: bool) -> bool:
    """Whether a list of entity tags, or `*`, names ours, which is strong."""
    return tags.strip() == "*" or any(
        tag == etag and (weakly or not weak) for weak, tag in _TAG.findall(tags)
    )


def _changed_since(text: str | None, answer: Mapping[str, str]) -> bool | None:
    """Whether the answer is newer than a date of HTTP; None where the text is no date."""
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
