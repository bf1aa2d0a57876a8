"""List, find and delete the stored images of one key."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from easel.errors import NotFoundError
from easel.ledger import history
from easel.ledger.records import ImageRecord
from easel.library.retention import expired_before
from easel.services import Services
from easel.wire.requests import shown

# Every id that `library.keys.image_id` gives.
_ID = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class ImagePage:
    """One page of a list of images, newest first.

    Attributes:
        has_more: whether there are older images.
    """

    records: Sequence[ImageRecord]
    has_more: bool


async def list_images(owner: str, limit: int, after: str | None, services: Services) -> ImagePage:
    """List the images of a key that have not expired.

    Args:
        owner: the name of the key.
        limit: the most images on the page.
        after: the id of the last image on the page before; None for the first page.
        services: with the ledger.

    Raises:
        NotFoundError: the key has no image with the id `after`.
        LedgerError: the ledger cannot be reached.
    """
    # One more than the page holds, to know whether there are more.
    records = await services.ledger(history.list_images, owner, limit + 1, after, _since(services))
    if records is None:
        raise NotFoundError(f"You have no image {shown(after)} to continue after.", param="after")
    return ImagePage(records[:limit], len(records) > limit)


async def find_image(owner: str, image_id: str, services: Services) -> ImageRecord:
    """Find an image of a key.

    Raises:
        NotFoundError: the key has no such image, or it has expired.
        LedgerError: the ledger cannot be reached.
    """
    record = None
    if _ID.fullmatch(image_id):
        record = await services.ledger(history.get_image, owner, image_id)
    if record is None or record.created < _since(services):
        raise NotFoundError(f"You have no image {shown(image_id)}.")
    return record


async def delete_image(record: ImageRecord, services: Services) -> None:
    """Delete an image and its record.

    The object is deleted first: if the ledger then fails, the caller can delete the image again.

    Raises:
        StorageError: the bucket failed.
        LedgerError: the ledger cannot be reached.
    """
    await services.bucket.delete([record.key])
    await services.ledger(history.forget_image, record.owner, record.id)


def _since(services: Services) -> float:
    """Images made before this time, in Unix time, have expired."""
    limit = expired_before(services)
    return 0.0 if limit is None else limit.timestamp()
