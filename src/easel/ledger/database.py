"""The database and its tables."""

from collections.abc import Mapping, Sequence
from typing import Protocol

Value = str | int | float | None
Row = list[Value]

# A statement, and the values of its placeholders.
Statement = tuple[str, tuple[Value, ...]]


class Database(Protocol):
    """SQLite in a Durable Object: synchronous, one statement at a time."""

    def query(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement with values for its `?` placeholders, and return the rows."""
        ...

    def run(self, statements: Sequence[Statement]) -> None:
        """Run several statements at about the cost of one; their rows are dropped."""
        ...


# Money is in whole nanodollars, so that sums are exact. Times are Unix times in seconds; days are
# in UTC.
_TABLES = (
    # Open requests, and ended ones whose answers are kept for retries. An open request holds a part
    # of the budget: `nanodollars` for known prices, and `counted` images. `client` is set if an SDK
    # may retry it without an idempotency key (see `retries`).
    """CREATE TABLE IF NOT EXISTS requests (
        id TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        day TEXT NOT NULL,
        started REAL NOT NULL,
        lease REAL NOT NULL,
        state TEXT NOT NULL,
        repeat_key TEXT,
        fingerprint TEXT,
        retries INTEGER NOT NULL DEFAULT 0,
        claimed_by TEXT,
        flight TEXT,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        images INTEGER NOT NULL,
        stem TEXT NOT NULL,
        nanodollars INTEGER,
        counted INTEGER NOT NULL,
        is_background INTEGER NOT NULL,
        plan TEXT,
        afterwards TEXT,
        answer TEXT,
        ended REAL,
        client TEXT,
        is_watched INTEGER NOT NULL DEFAULT 0,
        is_left INTEGER NOT NULL DEFAULT 0,
        unpriced INTEGER NOT NULL DEFAULT 0,
        guess TEXT
    )""",
    "CREATE INDEX IF NOT EXISTS requests_repeated ON requests (owner, repeat_key, started)",
    "CREATE INDEX IF NOT EXISTS requests_open ON requests (day) WHERE ended IS NULL",
    "CREATE INDEX IF NOT EXISTS requests_ended ON requests (ended)",
    # Requests of each key in its current minute.
    """CREATE TABLE IF NOT EXISTS pace (
        owner TEXT PRIMARY KEY,
        minute INTEGER NOT NULL,
        requests INTEGER NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS usage (
        day TEXT NOT NULL,
        owner TEXT NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        requests INTEGER NOT NULL,
        images INTEGER NOT NULL,
        errors INTEGER NOT NULL,
        nanodollars INTEGER NOT NULL,
        unpriced INTEGER NOT NULL,
        counted INTEGER NOT NULL,
        PRIMARY KEY (day, owner, provider, model)
    )""",
    """CREATE TABLE IF NOT EXISTS images (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        owner TEXT NOT NULL,
        created REAL NOT NULL,
        key TEXT NOT NULL,
        fingerprint TEXT,
        about TEXT NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS images_of_owner ON images (owner, number)",
    "CREATE INDEX IF NOT EXISTS images_by_age ON images (created)",
    "CREATE INDEX IF NOT EXISTS images_alike ON images (owner, fingerprint) "
    "WHERE fingerprint IS NOT NULL",
    # Positions of deleted images: a client may page through a list from one of them.
    """CREATE TABLE IF NOT EXISTS forgotten_images (
        step INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        owner TEXT NOT NULL,
        number INTEGER NOT NULL
    )""",
    "CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)


# Columns that databases of earlier versions lack, by table.
_ADDED: Mapping[str, Mapping[str, str]] = {
    "requests": {
        "client": "TEXT",
        "is_watched": "INTEGER NOT NULL DEFAULT 0",
        "is_left": "INTEGER NOT NULL DEFAULT 0",
        "unpriced": "INTEGER NOT NULL DEFAULT 0",
        "guess": "TEXT",
    }
}


def prepare(database: Database) -> None:
    """Create missing tables and columns."""
    database.run([(statement, ()) for statement in _TABLES])
    for table, columns in _ADDED.items():
        present = {str(row[1]) for row in database.query(f"PRAGMA table_info({table})")}
        missing = [name for name in columns if name not in present]
        statements = [f"ALTER TABLE {table} ADD COLUMN {name} {columns[name]}" for name in missing]
        database.run([(statement, ()) for statement in statements])
