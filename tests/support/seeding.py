"""Many stored images at once, written straight into the databases of a running easel.

One image is generated and then copied, in the ledger and in the bucket. workerd keeps both in
SQLite with a write-ahead log, so another process may write to them too.
"""

import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from support.server import Server

_LEDGER = ("v3/do/*Ledger/*.sqlite", "images")
_BUCKET = ("v3/r2/miniflare-R2BucketObject/*.sqlite", "_mf_objects")


def copy_image(server: Server, key: str, count: int) -> list[str]:
    """Copy a stored image.

    Args:
        server: which has it.
        key: of the image in the bucket.
        count: how many copies.

    Returns:
        The ids of the copies, in the order in which the history has them as new.
    """
    original = Path(key).stem
    # 40 hexadecimal digits, as the ids that easel makes.
    ids = [f"{uuid.uuid4().hex}{number:08x}" for number in range(count)]
    keys = [key.replace(original, copy) for copy in ids]
    with _table(server.state, *_LEDGER) as database:
        row = _row(database, "images", key)
        del row["number"]
        copies = zip(ids, keys, strict=True)
        _insert(database, "images", [{**row, "id": copy, "key": its} for copy, its in copies])
    with _table(server.state, *_BUCKET) as database:
        row = _row(database, "_mf_objects", key)
        _insert(database, "_mf_objects", [{**row, "key": its} for its in keys])
    return ids


@contextmanager
def _table(state: Path, pattern: str, name: str) -> Iterator[sqlite3.Connection]:
    """The database that has a table of this name; it is committed at the end.

    Raises:
        FileNotFoundError: none has it.
    """
    for file in state.glob(pattern):
        with closing(sqlite3.connect(file, timeout=30)) as database:
            database.row_factory = sqlite3.Row
            found = database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,))
            if found.fetchone():
                with database:
                    yield database
                return
    raise FileNotFoundError(f"no database below {state} has the table {name}")


def _row(database: sqlite3.Connection, table: str, key: str) -> dict[str, object]:
    return dict(database.execute(f"SELECT * FROM {table} WHERE key = ?", (key,)).fetchone())


def _insert(database: sqlite3.Connection, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    names = ", ".join(rows[0])
    values = ", ".join(f":{name}" for name in rows[0])
    database.executemany(f"INSERT INTO {table} ({names}) VALUES ({values})", rows)
