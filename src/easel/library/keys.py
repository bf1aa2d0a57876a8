"""Where images lie in the bucket.

An image's name is fixed before the image is made, by a secret of its request and by its place in
it. So what was stored by a request that never ended is found, and no name leads to another.
"""

import re
from datetime import datetime
from hashlib import sha256

_NAME_LENGTH = 40

# Every key that was ever given; whatever else the bucket holds is not served.
KEY = re.compile(r"images/\d{4}-\d\d-\d\d/[a-z0-9-]{26,64}\.[a-z]{3,4}", re.ASCII)


def image_id(stem: str, index: int) -> str:
    """The name of an image, which is its id as well.

    Args:
        stem: the secret of its request.
        index: the place of the image in the request, from 0.
    """
    return sha256(f"{stem}:{index}".encode()).hexdigest()[:_NAME_LENGTH]


def image_key(started: datetime, name: str, extension: str) -> str:
    """Where an image lies; without an extension, where whatever it is begins.

    Args:
        started: when its request began. The keys of older images come first.
        name: its name.
        extension: of the file, without the point.
    """
    return f"images/{started:%Y-%m-%d}/{name}.{extension}"


def id_of(key: str) -> str:
    """The id of the image that lies somewhere."""
    return key.rpartition("/")[2].partition(".")[0]
