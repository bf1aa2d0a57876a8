"""Protect a server without keys from web pages.

Where nobody needs a key, any web page that its user opens could call easel from the user's browser:
by its address, or under a name of its own that it lets point to that address (DNS rebinding).
"""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from easel.errors import ForbiddenError
from easel.platform.http import Request
from easel.wire.requests import shown

_ADVICE = (
    "To allow it, set a key and send it: EASEL_API_KEYS in '.dev.vars', or deployed with "
    "'npx wrangler secret put EASEL_API_KEYS'."
)


def check_origin(request: Request, public_base_url: str | None) -> None:
    """Let pass what no foreign web page can have sent.

    Programs send no `Origin`. Pages of easel's own origin pass, and those of this machine.

    Args:
        request: as it came.
        public_base_url: where the owner says that images are served.

    Raises:
        ForbiddenError: the request comes from a foreign page, or may come from one.
    """
    named = _origin_of(public_base_url or "")
    if request.origin != named and not _has_safe_name(request.origin):
        raise ForbiddenError(
            "This server has no keys, so without HTTPS it answers only as 'localhost' or at its IP "
            f"address, not as {shown(urlsplit(request.origin).netloc)}. {_ADVICE}"
        )
    origin = request.headers.get("origin")
    if origin is None and _is_of_another_site(request.headers):
        raise ForbiddenError(
            f"This server has no keys, so pages of other sites may not use it. {_ADVICE}"
        )
    if (
        origin is not None
        and origin not in (request.origin, named)
        and not _is_loopback(_host_of(origin))
    ):
        raise ForbiddenError(
            "This server has no keys, so pages of other origins may not use it, and "
            f"{shown(origin)} is one. {_ADVICE}"
        )


def _has_safe_name(origin: str) -> bool:
    """Whether the name of this server cannot be one that a page has let point here.

    A certificate proves a name, and an IP address is not looked up.
    """
    host = _host_of(origin)
    return origin.startswith("https:") or _is_address(host) or _is_loopback(host)


def _is_of_another_site(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that a page embeds what it asks for; a link may be followed.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
    """
    site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
    return site == "cross-site" and mode != "navigate"


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine; RFC 6761, 6.3 keeps `localhost` and all below it for that."""
    name = host.removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    return _is_address(host) and ip_address(host).is_loopback


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host_of(url: str) -> str:
    """The host of a URL, in lower case; empty where it has none, such as in the origin `null`."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
