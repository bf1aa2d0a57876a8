"""Secrets, and a health check of the ledger."""

from easel.ledger.database import Database


def get_or_create_secret(database: Database, name: str, proposed: str) -> str:
    """Return a generated secret; the first proposed value is stored for ever."""
    database.query(
        "INSERT INTO secrets VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, proposed
    )
    [(value,)] = database.query("SELECT value FROM secrets WHERE name = ?", name)
    return str(value)


def check(database: Database) -> int:
    """Check that the database can be read; returns the number of images."""
    [(count,)] = database.query("SELECT count(*) FROM images")
    return int(count or 0)
