"""What the ledger is asked beside the requests themselves."""

from easel.ledger.database import Database


def keep_secret(database: Database, name: str, proposed: str) -> str:
    """A secret of the owner's that nobody had to set: the one proposed first is kept for ever."""
    database.query(
        "INSERT INTO secrets VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, proposed
    )
    [(value,)] = database.query("SELECT value FROM secrets WHERE name = ?", name)
    return str(value)


def check(database: Database) -> int:
    """See that the database can be read; tells how many images it knows."""
    [(count,)] = database.query("SELECT count(*) FROM images")
    return int(count or 0)
