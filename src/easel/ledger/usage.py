"""Usage by day, key, provider and model."""

from collections.abc import Mapping

from easel.ledger.database import Database, Statement
from easel.ledger.records import Grouping, ModelUsage, UsageTotal

_COUNTS = ("requests", "images", "errors", "nanodollars", "unpriced", "counted")

_COLUMNS: Mapping[Grouping, str] = {
    "model": "model",
    "key": "owner",
    "provider": "provider",
    "day": "day",
}


_SUMS = ", ".join(f"{name} = {name} + excluded.{name}" for name in _COUNTS)
_ADD = (
    f"INSERT INTO usage (day, owner, provider, model, {', '.join(_COUNTS)}) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    f"ON CONFLICT (day, owner, provider, model) DO UPDATE SET {_SUMS}"
)


def usage_upsert(day: str, owner: str, spent: ModelUsage) -> Statement:
    """The statement that adds to the usage of a day."""
    counts = (getattr(spent, name) for name in _COUNTS)
    return _ADD, (day, owner, spent.provider, spent.model, *counts)


def total_usage(database: Database, first: str, last: str, group_by: Grouping) -> list[UsageTotal]:
    """Usage from one day to another, both included, in groups."""
    column = _COLUMNS[group_by]
    rows = database.query(
        f"SELECT {column}, sum(requests), sum(images), sum(errors), "
        f"sum(nanodollars), sum(unpriced) FROM usage WHERE day BETWEEN ? AND ? "
        f"GROUP BY {column} ORDER BY {column}",
        first,
        last,
    )
    return [UsageTotal(str(name), *(int(count or 0) for count in counts)) for name, *counts in rows]
