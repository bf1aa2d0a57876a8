"""The images that there are, newest first."""

from easel.ledger.database import Database, Row, Statement
from easel.ledger.records import ImageRecord

_COLUMNS = "id, owner, created, key, about, fingerprint"


def adding_image(image: ImageRecord) -> Statement:
    """What writes down an image; to do so twice changes nothing."""
    return (
        f"INSERT INTO images ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (image.id, image.owner, image.created, image.key, image.about, image.fingerprint),
    )


def find_alike(
    database: Database, owner: str, fingerprint: str, since: float
) -> ImageRecord | None:
    """The newest image that a key had made of the same, unless it is too old."""
    rows = database.query(
        f"SELECT {_COLUMNS} FROM images "
        "WHERE owner = ? AND fingerprint = ? AND created >= ? ORDER BY number DESC LIMIT 1",
        owner,
        fingerprint,
        since,
    )
    return _image(rows[0]) if rows else None


def list_images(
    database: Database, owner: str, limit: int, after: str | None, since: float
) -> list[ImageRecord] | None:
    """A key's images, the newest first.

    Args:
        database: the ledger's.
        owner: the name of the key.
        limit: how many at most.
        after: the id of the image before the first one; None for the newest.
        since: those made before it are left out.

    Returns:
        The images; None where the key has no image `after`.
    """
    before = 2**53
    if after is not None:
        rows = database.query("SELECT number FROM images WHERE owner = ? AND id = ?", owner, after)
        if not rows:
            return None
        before = int(rows[0][0] or 0)
    rows = database.query(
        f"SELECT {_COLUMNS} FROM images "
        "WHERE owner = ? AND number < ? AND created >= ? ORDER BY number DESC LIMIT ?",
        owner,
        before,
        since,
        limit,
    )
    return [_image(row) for row in rows]


def get_image(database: Database, owner: str, name: str) -> ImageRecord | None:
    """One image of a key's; those of others do not exist."""
    rows = database.query(
        f"SELECT {_COLUMNS} FROM images WHERE owner = ? AND id = ?",
        owner,
        name,
    )
    return _image(rows[0]) if rows else None


def forget_image(database: Database, owner: str, name: str) -> None:
    """Forget an image."""
    database.query("DELETE FROM images WHERE owner = ? AND id = ?", owner, name)


def forget_older(database: Database, before: float, limit: int) -> int:
    """Forget images made before a time, so many at most; tells how many it were."""
    rows = database.query(
        "DELETE FROM images WHERE number IN "
        "(SELECT number FROM images WHERE created < ? ORDER BY created LIMIT ?) RETURNING number",
        before,
        limit,
    )
    return len(rows)


def _image(row: Row) -> ImageRecord:
    name, owner, created, key, about, fingerprint = row
    return ImageRecord(
        str(name),
        str(owner),
        float(created or 0),
        str(key),
        str(about),
        None if fingerprint is None else str(fingerprint),
    )
