"""Whether a request fits into what may still be spent, and how fast a key may ask."""

from datetime import UTC, datetime, timedelta

from easel.ledger.database import Database
from easel.ledger.messages import Budget, Price
from easel.ledger.verdicts import Reason

_MINUTE = 60


def day_of(now: float) -> str:
    """The day of a Unix time in UTC, as `2026-11-20`."""
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"


def next_day(now: float) -> float:
    """When the next day of UTC begins, as a Unix time."""
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today + timedelta(days=1)).timestamp()


def objection(
    database: Database,
    owner: str,
    day: str,
    price: Price,
    images: int,
    *,
    spent: tuple[int, int] = (0, 0),
    name: str = "",
) -> Reason | None:
    """Which budget so many more images would exceed; None if none.

    A budget in dollars holds only if every price is known. What has none passes while there is
    anything left, if the images are bounded as well.

    Args:
        database: the ledger's.
        owner: the name of the key that asks.
        day: on which it counts.
        price: of the images.
        images: how many.
        spent: nanodollars and images that the request has cost before.
        name: of the request, whose old hold the new one replaces.
    """
    if not price.is_counted:
        return None
    nanodollars = None if price.each is None else images * price.each
    bounds: tuple[tuple[Budget, str | None, Reason, Reason], ...] = (
        (price.own, owner, "own_usd", "own_images"),
        (price.whole, None, "usd", "images"),
    )
    for budget, who, by_usd, by_images in bounds:
        if budget == Budget():
            continue
        used, counted = _used(database, day, who, name)
        if budget.images is not None and counted + spent[1] + images > budget.images:
            return by_images
        if budget.nanodollars is None or nanodollars == 0:
            continue
        if nanodollars is None:
            if price.own.images is None and price.whole.images is None:
                return "unpriced"
            if used + spent[0] >= budget.nanodollars:
                return by_usd
        elif used + spent[0] + nanodollars > budget.nanodollars:
            return by_usd
    return None


def _used(database: Database, day: str, owner: str | None, without: str) -> tuple[int, int]:
    """Nanodollars and images of a day: what was spent, and what is held for other requests."""
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


def is_too_fast(database: Database, owner: str, now: float, limit: int) -> bool:
    """Count a request of this minute, and tell whether there were too many before it."""
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
    """When the next minute begins, as a Unix time."""
    return (now // _MINUTE + 1) * _MINUTE
