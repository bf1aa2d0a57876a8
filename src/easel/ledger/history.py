"""The list of images, newest first."""

from easel.ledger.database import Database, Row, Statement, Value
from easel.ledger.records import ImageRecord

_COLUMNS = "id, owner, created, key, about, fingerprint"

# The latest deleted images remain valid as cursors. The clean-up deletes at most 10,000 an hour, so
# each remains one for hours, and they take a few megabytes at most.
_CURSORS_KEPT = 100_000


def image_insert(image: ImageRecord) -> Statement:
    """The statement that adds an image; it is idempotent."""
    return (
        f"INSERT INTO images ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (image.id, image.owner, image.created, image.key, image.about, image.fingerprint),
    )


def find_by_fingerprint(
    database: Database, owner: str, fingerprint: str, since: float
) -> ImageRecord | None:
    """The newest image of a key with this fingerprint, created at `since` or later."""
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
    """List a key's images, newest first.

    Args:
        database: the ledger's database.
        owner: name of the key.
        limit: maximum number of images.
        after: id of the image before the first one, which may be deleted; None for the start.
        since: Unix time; older images are omitted.

    Returns:
        The images; None if `after` is unknown, or was deleted long ago.
    """
    before = 2**53
    if after is not None:
        number = _number(database, owner, after)
        if number is None:
            return None
        before = number
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
    """One image of a key, or None."""
    rows = database.query(
        f"SELECT {_COLUMNS} FROM images WHERE owner = ? AND id = ?",
        owner,
        name,
    )
    return _image(rows[0]) if rows else None


def forget_image(database: Database, owner: str, name: str) -> None:
    """Delete an image from the list; its id remains valid as a cursor."""
    _forget(database, "owner = ? AND id = ?", owner, name)


def forget_older(database: Database, before: float, limit: int) -> int:
    """Delete at most `limit` images that are older than a time; returns their number."""
    oldest = (
        "number IN (SELECT number FROM images WHERE created < ? ORDER BY created, number LIMIT ?)"
    )
    return _forget(database, oldest, before, limit)


def _forget(database: Database, condition: str, *values: Value) -> int:
    """Move images to `forgotten_images`, which is pruned; returns their number."""
    database.query(
        "INSERT OR REPLACE INTO forgotten_images (id, owner, number) "
        f"SELECT id, owner, number FROM images WHERE {condition}",
        *values,
    )
    deleted = database.query(f"DELETE FROM images WHERE {condition} RETURNING number", *values)
    database.query(
        "DELETE FROM forgotten_images WHERE step <= (SELECT MAX(step) FROM forgotten_images) - ?",
        _CURSORS_KEPT,
    )
    return len(deleted)


def _number(database: Database, owner: str, name: str) -> int | None:
    """The position of an image in the list, also if it is deleted."""
    for table in ("images", "forgotten_images"):
        rows = database.query(f"SELECT number FROM {table} WHERE owner = ? AND id = ?", owner, name)
        if rows:
            return int(rows[0][0] or 0)
    return None


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
