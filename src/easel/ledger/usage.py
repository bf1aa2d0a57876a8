"""What was used: by day, key, provider and model."""

from collections.abc import Mapping

from easel.ledger.database import Database
from easel.ledger.records import Grouping, Spent, Total

_COUNTS = ("requests", "images", "errors", "nanodollars", "unpriced", "counted")

_COLUMNS: Mapping[Grouping, str] = {
    "model": "model",
    "key": "owner",
    "provider": "provider",
    "day": "day",
}


def add_spent(database: Database, day: str, owner: str, spent: Spent) -> None:
    """Add to what was used on a day."""
    sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in _COUNTS)
    database.query(
        "INSERT INTO usage (day, owner, provider, model, "
        f"{', '.join(_COUNTS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        f"ON CONFLICT (day, owner, provider, model) DO UPDATE SET {sums}",
        day,
        owner,
        spent.provider,
        spent.model,
        *(getattr(spent, name) for name in _COUNTS),
    )


def total_usage(database: Database, first: str, last: str, group_by: Grouping) -> list[Total]:
    """What was used from one day to another, both included."""
    column = _COLUMNS[group_by]
    rows = database.query(
        f"SELECT {column}, sum(requests), sum(images), sum(errors), "
        f"sum(nanodollars), sum(unpriced) FROM usage WHERE day BETWEEN ? AND ? "
        f"GROUP BY {column} ORDER BY {column}",
        first,
        last,
    )
    return [Total(str(name), *(int(count or 0) for count in counts)) for name, *counts in rows]
