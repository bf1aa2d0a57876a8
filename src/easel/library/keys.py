"""Ids of images, and the keys of their objects in the bucket.

An image's id is derived from a secret of its request and its index in the request, before the image
is made. Recovery can therefore find the images of an interrupted request, and an id reveals no
other id.
"""

import re
from datetime import datetime
from hashlib import sha256

_ID_LENGTH = 40

# Matches every key that easel has ever given to an image. No other object of the bucket is served.
KEY = re.compile(r"images/\d{4}-\d\d-\d\d/[a-z0-9-]{26,64}\.[a-z]{3,4}", re.ASCII)


def image_id(stem: str, index: int) -> str:
    """Derive the id of an image.

    Args:
        stem: the secret of the request.
        index: the place of the image in the request, from 0.
    """
    return sha256(f"{stem}:{index}".encode()).hexdigest()[:_ID_LENGTH]


def image_key(started: datetime, name: str, extension: str) -> str:
    """Build the key of an image's object; with an empty extension, the prefix of the key.

    Args:
        started: when the request began. The keys of older images sort first.
        name: the id of the image.
        extension: of the file, without the point.
    """
    return f"images/{started:%Y-%m-%d}/{name}.{extension}"


def image_id_from_key(key: str) -> str:
    """Return the id of the image that a key names."""
    return key.rpartition("/")[2].partition(".")[0]
