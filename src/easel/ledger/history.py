"""The images that there are, newest first."""

from easel.ledger.database import Database, Row, Statement, Value
from easel.ledger.records import ImageRecord

_COLUMNS = "id, owner, created, key, about, fingerprint"

# So many forgotten images, the latest, can still be paged on from. An owner's clean-up forgets at
# most 10,000 an hour, so each is a cursor for hours, and they take some megabytes at most.
_CURSORS_KEPT = 100_000


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
        after: the id of the image before the first one, which may have been forgotten since; None
            for the newest.
        since: those made before it are left out.

    Returns:
        The images; None where the key never had an image `after`, or not for a long time.
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
    """One image of a key's; those of others do not exist."""
    rows = database.query(
        f"SELECT {_COLUMNS} FROM images WHERE owner = ? AND id = ?",
        owner,
        name,
    )
    return _image(rows[0]) if rows else None


def forget_image(database: Database, owner: str, name: str) -> None:
    """Forget an image, but for its place in the list."""
    _forget(database, "owner = ? AND id = ?", owner, name)


def forget_older(database: Database, before: float, limit: int) -> int:
    """Forget images made before a time, so many at most; tells how many it were."""
    oldest = (
        "number IN (SELECT number FROM images WHERE created < ? ORDER BY created, number LIMIT ?)"
    )
    return _forget(database, oldest, before, limit)


def _forget(database: Database, condition: str, *values: Value) -> int:
    """Move images to `forgotten_images`, of which the latest are kept; tells how many it were."""
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
    """Where an image of a key's stands in the list, or stood before it was forgotten."""
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
