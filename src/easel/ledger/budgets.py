"""Budgets of a day and requests per minute."""

from datetime import UTC, datetime, timedelta

from easel.ledger.database import Database
from easel.ledger.messages import Budget, Price
from easel.ledger.verdicts import Reason

_MINUTE = 60


def day_of(now: float) -> str:
    """The day of a Unix time in UTC, such as `2026-11-20`."""
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"


def next_day(now: float) -> float:
    """The Unix time at which the next day of UTC begins."""
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today + timedelta(days=1)).timestamp()


def exceeded_budget(
    database: Database,
    owner: str,
    day: str,
    price: Price,
    images: int,
    *,
    spent: tuple[int, int] = (0, 0),
    name: str = "",
) -> Reason | None:
    """The budget that this number of images would exceed; None if all budgets allow them.

    A budget in dollars is exact only if every price is known. Images without a known price pass
    while any of it is left, and only if there is a budget in images, too.

    Args:
        database: the ledger's database.
        owner: name of the key.
        day: the day whose budget counts.
        price: price of one image, and the budgets.
        images: number of images.
        spent: nanodollars and images that the request has cost so far.
        name: id of the request, whose present hold is replaced.
    """
    if not price.is_counted:
        return None
    nanodollars = None if price.each is None else images * price.each
    budgets: tuple[tuple[Budget, str | None, Reason, Reason], ...] = (
        (price.own, owner, "own_usd", "own_images"),
        (price.whole, None, "usd", "images"),
    )
    for budget, budget_owner, by_usd, by_images in budgets:
        if budget == Budget():
            continue
        nanodollars_used, images_used = _used(database, day, budget_owner, name)
        if budget.images is not None and images_used + spent[1] + images > budget.images:
            return by_images
        if budget.nanodollars is None or nanodollars == 0:
            continue
        if nanodollars is None:
            if price.own.images is None and price.whole.images is None:
                return "unpriced"
            if nanodollars_used + spent[0] >= budget.nanodollars:
                return by_usd
        elif nanodollars_used + spent[0] + nanodollars > budget.nanodollars:
            return by_usd
    return None


def _used(database: Database, day: str, owner: str | None, without: str) -> tuple[int, int]:
    """Nanodollars and images of a day: those spent, and those held for other open requests."""
    condition, values = ("", ()) if owner is None else (" AND owner = ?", (owner,))
    total = [0, 0]
    for source, more in (
        ("usage WHERE day = ?", ()),
        ("requests WHERE day = ? AND ended IS NULL AND id != ?", (without,)),
    ):
        [(nanodollars, images)] = database.query(
            f"SELECT sum(nanodollars), sum(counted) FROM {source}{condition}",
            day,
            *more,
            *values,
        )
        total[0] += int(nanodollars or 0)
        total[1] += int(images or 0)
    return total[0], total[1]


def exceeds_rate(database: Database, owner: str, now: float, limit: int) -> bool:
    """Count a request in the current minute; whether it exceeds the limit."""
    minute = int(now // _MINUTE)
    [(requests,)] = database.query(
        "INSERT INTO pace VALUES (?, ?, 1) ON CONFLICT (owner) DO UPDATE SET "
        "requests = CASE WHEN minute = excluded.minute THEN requests + 1 ELSE 1 END, "
        "minute = excluded.minute RETURNING requests",
        owner,
        minute,
    )
    return int(requests or 0) > limit


def next_minute(now: float) -> float:
    """The Unix time at which the next minute begins."""
    return (now // _MINUTE + 1) * _MINUTE
