"""The images that easel shows to a key: its history, and the bytes behind each URL."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2

from campaigns.stage import Key
from support.server import key_of

_PAGE = 100


@dataclass(frozen=True)
class ListedImage:
    """An image of the history.

    Attributes:
        key: its name in the bucket.
        prompt: what it was made from.
        content: what its URL serves; None where that fails.
    """

    key: str
    prompt: str
    content: bytes | None


def list_images(http: httpx2.Client, key: Key) -> Iterator[ListedImage]:
    """Go through the whole history of a key and fetch every image.

    Args:
        http: a client with easel's origin as its base URL.
        key: whose history it is.
    """
    after: dict[str, str] = {}
    while True:
        page: dict[str, Any] = (
            http.get("/v1/images", params={"limit": _PAGE, **after}, headers=key.headers)
            .raise_for_status()
            .json()
        )
        for image in page["data"]:
            stored_at = key_of(image["url"])
            yield ListedImage(stored_at, str(image["prompt"]), fetch_image(http, stored_at))
        if not page["has_more"]:
            return
        after = {"after": page["last_id"]}


def fetch_image(http: httpx2.Client, key: str) -> bytes | None:
    """The bytes of a stored image; None where easel does not serve it."""
    response = http.get(f"/{key}")
    return response.content if response.status_code == 200 else None
