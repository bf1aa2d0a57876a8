"""Download an image from a URL that a caller or a provider sent.

Nothing about the URL is trusted: its host, its redirects, and the type, the length and the speed of
its response are all checked.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import urljoin

from easel.limits import DOWNLOAD_SECONDS, MAX_DOWNLOAD_BYTES
from easel.media.sniff import NotAnImageError, sniff
from easel.media.urls import MAX_URL_LENGTH, UntrustedUrlError, check_url, origin_of
from easel.platform.buffers import Buffer, LongText
from easel.platform.calls import do_nothing
from easel.platform.web import OpenUrl, UrlAnswer, UrlFailure

_MAX_REDIRECTS = 5
# RFC 9110, 15.4. The other 3xx statuses are not followed automatically.
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# Media types that do not describe the content; S3 sends the last one by default.
_UNSPECIFIC = ("", "application/octet-stream", "binary/octet-stream")

# RFC 2397: a media type with parameters, then `;base64,` and the data.
_DATA_SCHEME = "data:"
_DATA_HEAD = re.compile(r"data:([^,;]*)(?:;[^,;]*)*;base64,", re.ASCII | re.IGNORECASE)
_DATA_HEAD_LENGTH = 256

Reason = Literal[
    "untrusted", "unreachable", "timeout", "redirects", "status", "too_large", "not_an_image"
]

_FAILURES = {
    "timeout": "The URL did not send its whole response in time.",
    "too_large": "The file at the URL is larger than the {limit:,} bytes that easel accepts.",
    "unreachable": "The URL could not be reached.",
}


class Downloads(Protocol):
    """The services that a download uses."""

    @property
    def open_url(self) -> OpenUrl:
        """Fetches a checked URL."""
        ...

    @property
    def long_text(self) -> Callable[[str], LongText]:
        """Holds a string outside Python."""
        ...

    @property
    def now(self) -> Callable[[], datetime]:
        """Returns the time in UTC."""
        ...


class DownloadError(Exception):
    """The download of an image failed.

    The message is a sentence about "the URL" and is safe to show to callers: it repeats nothing of
    the URL or of its response.

    Attributes:
        reason: the kind of failure.
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
    limit: int = MAX_DOWNLOAD_BYTES,
    seconds: float = DOWNLOAD_SECONDS,
    reserves_memory: bool = False,
) -> Download:
    """Fetch an image, or decode it from a base64 `data:` URL.

    Args:
        url: an `http:`, `https:` or `data:` URL.
        services: with HTTP and the clock.
        allow_private: whether private addresses and names are allowed.
        trusted_origins: origins that are allowed even if they are private.
        limit: the most bytes of the image.
        seconds: the time-out for the whole download, redirects included.
        reserves_memory: whether a large image waits until memory for it is free.

    Returns:
        A complete PNG, JPEG, WebP, GIF or SVG, as far as `sniff` can tell.

    Raises:
        DownloadError: the URL is not allowed, cannot be fetched, or returns no such image.
    """
    head = url[:_DATA_HEAD_LENGTH] if isinstance(url, str) else url.head(_DATA_HEAD_LENGTH)
    if head[: len(_DATA_SCHEME)].lower() == _DATA_SCHEME:
        text = services.long_text(url) if isinstance(url, str) else url
        found = Download(_decode(text, head, limit))
    else:
        # One character more than the limit is enough to reject the URL.
        short = url if isinstance(url, str) else url.head(MAX_URL_LENGTH + 1)
        policy = _Policy(allow_private, trusted_origins)
        bounds = _Bounds(limit, seconds, reserves_memory)
        found = await _fetch(short, services, policy, bounds)
    try:
        sniff(found.content)
    except NotAnImageError as error:
        found.release()
        raise DownloadError("not_an_image", f"The URL returns no usable image: {error}.") from None
    return found


def _decode(text: LongText, head: str, limit: int) -> Buffer:
    match = _DATA_HEAD.match(head)
    if match is None:
        raise DownloadError(
            "not_an_image", "The data URL does not have the form data:image/...;base64,..."
        )
    _check_media_type(match[1])
    # Four characters encode three bytes, so a URL that is too long is rejected before decoding.
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
    """Which URLs that are not public may be fetched."""

    allow_private: bool
    trusted_origins: Collection[str]

    def check(self, url: str) -> str:
        """Return the URL in canonical form.

        Raises:
            UntrustedUrlError: the URL may not be fetched.
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
            raise DownloadError("status", f"The URL returned the status {answer.status}.")
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
        raise DownloadError("untrusted", f"A redirect of the URL was refused. {error}") from None
    except ValueError:  # from urljoin
        raise DownloadError("untrusted", "The URL redirects to an invalid URL.") from None
    if url.startswith("https:") and target.startswith("http:") and not policy.allow_private:
        raise DownloadError("untrusted", "The URL redirects from https to http.")
    return target


def _check_media_type(declared: str) -> None:
    media_type = declared.partition(";")[0].strip().lower()
    if media_type not in _UNSPECIFIC and not media_type.startswith("image/"):
        raise DownloadError("not_an_image", "The URL returns a file that is not an image.")
