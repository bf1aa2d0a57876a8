"""An image from a URL that a caller or a provider gave.

Nothing about the URL is trusted: not where it leads, not where that redirects to, not what it says
it sends, nor how much, nor how fast.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import urljoin

from easel.media.sniff import NotAnImageError, sniff
from easel.media.urls import MAX_URL_LENGTH, UntrustedUrlError, check_url, origin_of
from easel.platform.buffers import Buffer, LongText
from easel.platform.calls import do_nothing
from easel.platform.web import OpenUrl, UrlAnswer, UrlFailure

# What callers use unless they know better.
MAX_BYTES = 20 * 1000 * 1000
MAX_SECONDS = 10.0

_MAX_REDIRECTS = 5
# RFC 9110, 15.4; the others give no place to go to by oneself.
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# What says nothing: nothing at all, and what servers send that know no better (S3 the second).
_UNSPECIFIC = ("", "application/octet-stream", "binary/octet-stream")

# RFC 2397, with base64 and before it a media type and its parameters.
_DATA_SCHEME = "data:"
_DATA_HEAD = re.compile(r"data:([^,;]*)(?:;[^,;]*)*;base64,", re.ASCII | re.IGNORECASE)
_DATA_HEAD_LENGTH = 256

Reason = Literal[
    "untrusted", "unreachable", "timeout", "redirects", "status", "too_large", "not_an_image"
]

_FAILURES = {
    "timeout": "The URL did not answer in full within the time that easel waits.",
    "too_large": "The file at the URL is larger than the {limit:,} bytes that easel accepts.",
    "unreachable": "The URL could not be reached.",
}


class Downloads(Protocol):
    """The services that a download uses."""

    @property
    def open_url(self) -> OpenUrl:
        """Fetches a URL that was checked."""
        ...

    @property
    def long_text(self) -> Callable[[str], LongText]:
        """Holds a string outside Python."""
        ...

    @property
    def now(self) -> Callable[[], datetime]:
        """The time, in UTC."""
        ...


class DownloadError(Exception):
    """A URL gave no image.

    The message is a sentence about "the URL", fit for whoever gave it: it repeats nothing of the
    URL or of what it answered.

    Attributes:
        reason: what was wrong.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


@dataclass(frozen=True)
class Download:
    """A downloaded image; `release` releases the memory that is reserved for it."""

    content: Buffer
    release: Callable[[], object] = field(default=do_nothing, compare=False, repr=False)


async def download(
    url: str | LongText,
    services: Downloads,
    *,
    allow_private: bool,
    trusted_origins: Collection[str] = (),
    limit: int = MAX_BYTES,
    seconds: float = MAX_SECONDS,
    reserves_memory: bool = False,
) -> Download:
    """Fetch an image, or decode it where the URL is a `data:` URL in base64.

    Args:
        url: what was given as one.
        services: what fetches.
        allow_private: whether private addresses and names may be fetched from.
        trusted_origins: those that may be fetched from though they are private.
        limit: the most bytes that the image may have.
        seconds: within which everything must be done, redirects included.
        reserves_memory: whether a large image waits until memory for it is free.

    Returns:
        A whole PNG, JPEG, WebP, GIF or SVG, as far as `sniff` can tell.

    Raises:
        DownloadError: there is no such image.
    """
    head = url[:_DATA_HEAD_LENGTH] if isinstance(url, str) else url.head(_DATA_HEAD_LENGTH)
    if head[: len(_DATA_SCHEME)].lower() == _DATA_SCHEME:
        text = services.long_text(url) if isinstance(url, str) else url
        found = Download(_decode(text, head, limit))
    else:
        # One character more than is taken is enough to be refused.
        short = url if isinstance(url, str) else url.head(MAX_URL_LENGTH + 1)
        policy = _Policy(allow_private, trusted_origins)
        bounds = _Bounds(limit, seconds, reserves_memory)
        found = await _fetch(short, services, policy, bounds)
    try:
        sniff(found.content)
    except NotAnImageError as error:
        found.release()
        raise DownloadError("not_an_image", f"The URL gives no usable image: {error}.") from None
    return found


def _decode(text: LongText, head: str, limit: int) -> Buffer:
    match = _DATA_HEAD.match(head)
    if match is None:
        raise DownloadError(
            "not_an_image", "The data URL is not of the form data:image/...;base64,..."
        )
    _check_media_type(match[1])
    # Four characters hold three bytes; whatever is longer need not be decoded to be refused.
    if (text.length - match.end()) * 3 // 4 > limit + 2:
        raise _failure("too_large", limit)
    try:
        content = text.decode_base64(match.end())
    except ValueError:
        raise DownloadError("not_an_image", "The data URL is not valid base64.") from None
    if content.size > limit:
        raise _failure("too_large", limit)
    return content


@dataclass(frozen=True)
class _Policy:
    """Where may be fetched from besides what is public."""

    allow_private: bool
    trusted_origins: Collection[str]

    def check(self, url: str) -> str:
        """The URL in canonical form.

        Raises:
            UntrustedUrlError: it may not be fetched from.
        """
        checked = check_url(url, allow_private=True)
        if origin_of(checked) in self.trusted_origins:
            return checked
        return check_url(url, allow_private=self.allow_private)


@dataclass(frozen=True)
class _Bounds:
    """The limits of a download: bytes and seconds; see `download`."""

    limit: int
    seconds: float
    reserves_memory: bool


async def _fetch(url: str, services: Downloads, policy: _Policy, bounds: _Bounds) -> Download:
    deadline = services.now() + timedelta(seconds=bounds.seconds)
    url = _check(url, policy)
    for _ in range(1 + _MAX_REDIRECTS):
        left = (deadline - services.now()).total_seconds()
        answer = await _open(url, services, replace(bounds, seconds=left))
        if answer.body is not None:
            try:
                _check_media_type(answer.content_type)
            except DownloadError:
                answer.release()
                raise
            return Download(answer.body, answer.release)
        if answer.status not in _REDIRECTS or answer.location is None:
            raise DownloadError("status", f"The URL answered with status {answer.status}.")
        url = _follow(url, answer.location, policy)
    raise DownloadError("redirects", f"The URL redirects more than {_MAX_REDIRECTS} times.")


async def _open(url: str, services: Downloads, bounds: _Bounds) -> UrlAnswer:
    if bounds.seconds <= 0:
        raise _failure("timeout", bounds.limit)
    try:
        return await services.open_url(
            url,
            seconds=bounds.seconds,
            limit=bounds.limit,
            reserves_memory=bounds.reserves_memory,
        )
    except UrlFailure as failure:
        raise _failure(failure.reason, bounds.limit) from failure


def _failure(reason: Literal["timeout", "too_large", "unreachable"], limit: int) -> DownloadError:
    return DownloadError(reason, _FAILURES[reason].format(limit=limit))


def _check(url: str, policy: _Policy) -> str:
    try:
        return policy.check(url)
    except UntrustedUrlError as error:
        raise DownloadError("untrusted", str(error)) from None


def _follow(url: str, location: str, policy: _Policy) -> str:
    try:
        target = policy.check(urljoin(url, location))
    except UntrustedUrlError as error:
        raise DownloadError("untrusted", f"A redirect was refused. {error}") from None
    except ValueError:  # of urljoin
        raise DownloadError("untrusted", "The URL redirects to what is no URL.") from None
    if url.startswith("https:") and target.startswith("http:") and not policy.allow_private:
        raise DownloadError("untrusted", "The URL redirects from https to http.")
    return target


def _check_media_type(declared: str) -> None:
    media_type = declared.partition(";")[0].strip().lower()
    if media_type not in _UNSPECIFIC and not media_type.startswith("image/"):
        raise DownloadError("not_an_image", "The URL gives something other than an image.")
