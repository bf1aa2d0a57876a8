"""The headers that let browsers and proxies cache a stored image."""

import re
from datetime import datetime

from easel.library.retention import seconds_to_live
from easel.services import Services

# The object of a key never changes, so it may be cached for ever. A year is the longest that HTTP
# caches are expected to honour. https://www.rfc-editor.org/rfc/rfc2616#section-14.21
_YEAR = 31536000
_MAX_AGE = re.compile(r"max-age=(\d+)", re.ASCII)


def cache_headers(etag: str, uploaded: datetime, services: Services) -> dict[str, str]:
    """Return the caching headers of an image: cacheable for a year, or until it expires."""
    left = seconds_to_live(uploaded, services)
    max_age = f"{_YEAR}, immutable" if left is None else f"{min(int(left), _YEAR)}"
    return {
        "cache-control": f"public, max-age={max_age}",
        "etag": etag,
        "last-modified": f"{uploaded:%a, %d %b %Y %H:%M:%S} GMT",
    }


def private_cache_control(public: str, seconds: float) -> str:
    """Return the `cache-control` of an image with a signed URL.

    Args:
        public: the `cache-control` that the image would have with a permanent URL.
        seconds: for which the signed URL is still valid.
    """
    ages = [int(age) for age in _MAX_AGE.findall(public)]
    return f"private, max-age={min([int(seconds), *ages])}"
