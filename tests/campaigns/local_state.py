"""The databases in the state folder of a local easel, read and aged while it does not run."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

_LEDGERS = "v3/do/*Ledger/*.sqlite"
_BUCKETS = "v3/r2/miniflare-R2BucketObject/*.sqlite"


@dataclass(frozen=True)
class UsageRow:
    """What one key used of one model on one day, as the ledger keeps it."""

    day: str
    owner: str
    model: str
    images: int
    nanodollars: int
    unpriced: int
    counted: int


def age_leases(state: Path, seconds: float) -> None:
    """Let time pass for requests that are open: their leases end so much earlier."""
    with _table(state, _LEDGERS, "requests") as ledger, ledger:
        ledger.execute("UPDATE requests SET lease = lease - ? WHERE ended IS NULL", (seconds,))


def read_open_requests(state: Path) -> list[str]:
    """Requests that still hold a part of a budget: state, owner, model and when they began."""
    with _table(state, _LEDGERS, "requests") as ledger:
        rows = ledger.execute(
            "SELECT state, owner, model, datetime(started, 'unixepoch') FROM requests "
            "WHERE ended IS NULL"
        )
        return [" ".join(map(str, row)) for row in rows]


def read_usage(state: Path) -> list[UsageRow]:
    """All rows of the ledger's usage."""
    with _table(state, _LEDGERS, "usage") as ledger:
        rows = ledger.execute(
            "SELECT day, owner, model, images, nanodollars, unpriced, counted FROM usage"
        )
        return [UsageRow(*row) for row in rows]


def read_bucket(state: Path) -> dict[str, Mapping[str, str]]:
    """The recipe of every stored image, by its key in the bucket."""
    with _table(state, _BUCKETS, "_mf_objects") as bucket:
        rows = bucket.execute(
            "SELECT key, custom_metadata FROM _mf_objects WHERE key LIKE 'images/%'"
        )
        return {key: json.loads(metadata) for key, metadata in rows}


@contextmanager
def _table(state: Path, pattern: str, name: str) -> Iterator[sqlite3.Connection]:
    """The one database that has this table.

    Raises:
        FileNotFoundError: there is none.
    """
    for file in state.glob(pattern):
        with closing(sqlite3.connect(file)) as database:
            found = database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,))
            if found.fetchone():
                yield database
                return
    raise FileNotFoundError(f"no database below {state} has the table {name}")
