"""Protect a server without API keys from other sites' web pages.

Without keys, any web page could call easel from a visitor's browser: at easel's address, or at a
domain of the page's own that resolves to that address (DNS rebinding).
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
    """Refuse requests that another site's web page may have sent.

    Programs send no `Origin`. Pages of easel's own origin and of this machine are allowed.

    Raises:
        ForbiddenError: the request comes from another site's page, or may come from one.
    """
    named = _origin_of(public_base_url or "")
    if request.origin != named and not _has_safe_name(request.origin):
        raise ForbiddenError(
            "This server has no API keys, so without HTTPS it answers only at 'localhost' or its "
            f"IP address, not at {shown(urlsplit(request.origin).netloc)}. {_ADVICE}"
        )
    origin = request.headers.get("origin")
    if origin is None and _is_of_another_site(request.headers):
        raise ForbiddenError(
            f"This server has no API keys, so other sites' pages may not use it. {_ADVICE}"
        )
    if (
        origin is not None
        and origin not in (request.origin, named)
        and not _is_loopback(_host_of(origin))
    ):
        raise ForbiddenError(
            "This server has no API keys, so pages of other origins may not use it, such as "
            f"{shown(origin)}. {_ADVICE}"
        )


def _has_safe_name(origin: str) -> bool:
    """Whether the host of this server cannot be the result of DNS rebinding.

    A certificate proves a domain, and an IP address has no DNS lookup.
    """
    host = _host_of(origin)
    return origin.startswith("https:") or _is_address(host) or _is_loopback(host)


def _is_of_another_site(headers: Mapping[str, str]) -> bool:
    """Whether another site's page embeds the request; following a link is allowed.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
    """
    site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
    return site == "cross-site" and mode != "navigate"


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine: RFC 6761, 6.3 reserves `localhost` and its subdomains."""
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
    """The host of a URL in lower case; empty for a URL without one, such as the origin `null`."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
