"""A request's conditions, where R2 does not judge them (RFC 9110, 13.2.2)."""

import re
from collections.abc import Mapping
from datetime import datetime

_TAG = re.compile(r'(W/)?("[^"]*")')
_DATE = "%a, %d %b %Y %H:%M:%S GMT"


def judge(request: Mapping[str, str], answer: Mapping[str, str]) -> int:
    """Weigh the `If-...` headers of a request against an answer's `etag` and `last-modified`.

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


def _names(tags: str, etag: str, *, weakly: bool) -> bool:
    """Whether a list of entity tags, or `*`, names ours, which is strong."""
    return tags.strip() == "*" or any(
        tag == etag and (weakly or not weak) for weak, tag in _TAG.findall(tags)
    )


def _changed_since(text: str | None, answer: Mapping[str, str]) -> bool | None:
    """Whether the answer is newer than a date of HTTP; None where the text is no date."""
    if text is None:
        return None
    try:
        return datetime.strptime(answer["last-modified"], _DATE) > datetime.strptime(text, _DATE)
    except ValueError:
        return None
