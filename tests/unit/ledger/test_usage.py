"""Usage is added up by day, key, provider and model."""

import pytest

from easel.ledger.records import ModelUsage
from easel.ledger.requests import begin, end
from easel.ledger.usage import total_usage
from support.ledger import MemoryDatabase
from support.ledger_messages import NOON, new_request, outcome


@pytest.mark.parametrize(
    ("group_by", "names"),
    [
        ("model", ["m", "n"]),
        ("key", ["ci", "other"]),
        ("provider", ["fal", "openai"]),
        ("day", ["2026-11-27", "2026-11-28"]),
    ],
)
def test_usage_is_added_up_by_group(
    database: MemoryDatabase, group_by: str, names: list[str]
) -> None:
    one = ModelUsage("openai", "m", requests=1, images=2, errors=1, nanodollars=7, unpriced=1)
    for name in ("1", "2", "3"):
        begin(database, new_request(name))
    end(database, outcome("1", spent=(one,)))
    end(database, outcome("2", spent=(one,)))
    other = ModelUsage("fal", "n", requests=1, images=1, nanodollars=1)
    end(database, outcome("3", owner="other", started=NOON + 86400, spent=(other,)))
    totals = total_usage(database, "2026-11-27", "2026-11-28", group_by)  # type: ignore[arg-type]
    assert [total.name for total in totals] == names
    assert sum(total.images for total in totals) == 5
    assert sum(total.nanodollars for total in totals) == 15
    assert sum(total.requests for total in totals) == 3
    assert sum(total.errors for total in totals) == 2
    assert sum(total.unpriced for total in totals) == 2
    assert total_usage(database, "2026-11-29", "2026-12-30", "day") == []
