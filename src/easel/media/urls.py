"""Check URLs from callers and providers before easel fetches them (protection against SSRF).

A URL in a request or in a provider's response could make easel contact a host that only easel can
reach. `check_url` accepts only URLs whose host is certainly public. It parses URLs by the URL
standard (https://url.spec.whatwg.org/#host-parsing), as `fetch` does, and rejects every URL that
the standard would repair or reinterpret: so the host that is checked is the host that is contacted.
The path and the query are passed on unchanged, because they cannot change the host.

A host name is checked by its spelling alone: a Worker cannot see its address, and a DNS lookup of
easel's own could differ from the one that `fetch` makes. The second line of defence is this:

- On Cloudflare a Worker is not in a private network of its owner, and `fetch` behaves as if from
  the public internet. The flag `global_fetch_strictly_public` in `wrangler.toml` closes the one
  exception, the origin servers of the Worker's own zone (workerd, compatibility-date.capnp). For a
  name with a private address, Cloudflare documents only that TCP sockets refuse it:
  https://developers.cloudflare.com/workers/runtime-apis/tcp-sockets/
- workerd by itself ignores the private addresses of a name (workerd.capnp, `Network`).
- `wrangler dev` lets workerd contact private addresses. There a public name with a private address
  reaches every host that the developer's machine reaches, so `./scripts/dev` must not be exposed to
  strangers.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

# The limit of Workers: https://developers.cloudflare.com/workers/platform/limits/
MAX_URL_LENGTH = 16 * 1024

# https://www.iana.org/assignments/iana-ipv4-special-registry/ and multicast.
_NOT_PUBLIC_V4 = [
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, and Alibaba's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, although it looks public
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments, and Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
]

# All public addresses are in this block. Loopback, private, link-local and multicast addresses are
# outside, and so are addresses that embed an IPv4 address (mapped, compatible, NAT64).
# https://www.iana.org/assignments/ipv6-address-space/
_PUBLIC_V6 = IPv6Network("2000::/3")
# https://www.iana.org/assignments/iana-ipv6-special-registry/
_NOT_PUBLIC_V6 = [
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]

# Top-level names of private networks, or of none: RFC 6761, RFC 6762 with appendix G, RFC 7686,
# RFC 8375, RFC 9476, the names that ICANN reserves for private use, and those that routers and
# Kubernetes use.
_NOT_PUBLIC_NAMES = frozenset(
    (
        *("alt", "arpa", "corp", "home", "internal", "intranet", "invalid", "lan", "local"),
        *("localdomain", "localhost", "mail", "onion", "private", "svc", "test"),
    )
)
# Public names of cloud metadata services; the other services use the top-level names above.
_METADATA_NAMES = frozenset({"metadata.tencentyun.com", "metadata.platformequinix.com"})

# The standard ignores control characters and treats a backslash as a slash; no URL needs them.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_URL = re.compile(r"(https?)://([^/?#]+)((?:/[^?#]*)?)(\?[^#]*)?(?:#.*)?", re.ASCII | re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[0-9a-z_.-]+)(?::([0-9]{0,5}))?", re.ASCII)
_LABEL = re.compile(r"[0-9a-z_-]{1,63}", re.ASCII)
_MAX_NAME_LENGTH = 253
_TOP_LEVEL = re.compile(r"[a-z]{2,}|xn--[0-9a-z-]+", re.ASCII)
# If the last label is a number, the standard parses the whole host as an IPv4 address.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class UntrustedUrlError(Exception):
    """easel does not fetch the URL. The message is a sentence and repeats nothing of the URL."""


def check_url(url: str, *, allow_private: bool) -> str:
    """Return the URL with its scheme, host and port in canonical form and without a fragment.

    Args:
        url: an absolute URL.
        allow_private: whether private addresses and names are allowed.

    Raises:
        UntrustedUrlError: the URL is malformed, or its host is not allowed.
    """
    if len(url) > MAX_URL_LENGTH:
        raise UntrustedUrlError(f"The URL is longer than {MAX_URL_LENGTH} characters.")
    if _FORBIDDEN.search(url):
        raise UntrustedUrlError("The URL contains control characters or backslashes.")
    parts = _URL.fullmatch(url)
    if parts is None:
        raise UntrustedUrlError("The URL does not begin with http:// or https:// and a host.")
    scheme, authority, path, query = parts[1].lower(), parts[2], parts[3], parts[4] or ""
    if "@" in authority:
        raise UntrustedUrlError("The URL contains a user name or a password.")
    if not authority.isascii():
        raise UntrustedUrlError(
            "The host of the URL contains characters outside ASCII: write it in Punycode (xn--...)."
        )
    match = _AUTHORITY.fullmatch(authority.lower())
    if match is None:
        raise UntrustedUrlError("The host or the port of the URL is malformed.")
    host = _check_host(match[1], allow_private)
    return f"{scheme}://{host}{_port(match[2], scheme)}{path or '/'}{query}"


def origin_of(url: str) -> str:
    """Return the scheme, host and port of a URL in canonical form.

    Raises:
        UntrustedUrlError: the URL is malformed.
    """
    checked = check_url(url, allow_private=True)
    scheme, _, rest = checked.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _port(digits: str | None, scheme: str) -> str:
    if not digits:
        return ""
    port = int(digits)
    if not 0 < port < 2**16:
        raise UntrustedUrlError("The port of the URL is not between 1 and 65535.")
    return "" if port == _DEFAULT_PORTS[scheme] else f":{port}"


def _check_host(host: str, allow_private: bool) -> str:
    canonical, public = _read_host(host)
    if not (public or allow_private):
        raise UntrustedUrlError("The host of the URL is a private or reserved address or name.")
    return canonical


def _read_host(host: str) -> tuple[str, bool]:
    """Return a host in canonical form and whether it is public."""
    try:
        if host.startswith("["):
            v6 = IPv6Address(host[1:-1])
            return f"[{v6}]", v6 in _PUBLIC_V6 and not any(v6 in block for block in _NOT_PUBLIC_V6)
        labels = host.split(".")
        if _NUMBER.fullmatch(labels[-1]):
            # Only the form with four decimal numbers is accepted; others serve to deceive.
            v4 = IPv4Address(host)
            return str(v4), not any(v4 in block for block in _NOT_PUBLIC_V4)
    except ValueError:
        raise UntrustedUrlError(
            "The host of the URL is neither a host name nor an IP address in the usual notation."
        ) from None
    if len(host) > _MAX_NAME_LENGTH or not all(_LABEL.fullmatch(label) for label in labels):
        raise UntrustedUrlError("The host of the URL is not a valid host name.")
    return host, _is_public(host, labels)


def _is_public(name: str, labels: list[str]) -> bool:
    return (
        len(labels) > 1
        and _TOP_LEVEL.fullmatch(labels[-1]) is not None
        and labels[-1] not in _NOT_PUBLIC_NAMES
        and name not in _METADATA_NAMES
    )
