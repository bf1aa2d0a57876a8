"""Requests from their beginning to their end: each is begun once, whoever asks how often."""

from easel.ledger.budgets import day_of, is_too_fast, next_day, next_minute, objection
from easel.ledger.database import Database, Value
from easel.ledger.history import adding_image, find_alike
from easel.ledger.messages import Begin, End, Hold, Price, Verdict
from easel.ledger.open_requests import OPEN, read_open
from easel.ledger.records import ImageRecord, Open, Spent
from easel.ledger.repeats import find_earlier
from easel.ledger.usage import adding_spent


def begin(database: Database, asked: Begin) -> Verdict:
    """Begin a request, unless it was begun already, is not needed, or may not be."""
    if asked.repeat is not None:
        earlier = find_earlier(database, asked.owner, asked.id, asked.repeat, asked.now)
        if earlier is not None:
            return earlier
    stored = _find_stored(database, asked)
    if asked.alike and len(stored) == len(asked.alike):
        asked_for = Spent(asked.provider, asked.model, requests=1)
        database.run([adding_spent(day_of(asked.now), asked.owner, asked_for)])
        return Verdict("stored", stored=tuple(stored))
    flight = " ".join(asked.alike) or None
    if flight is not None and _is_in_flight(database, asked, flight):
        return Verdict("running")
    missing = asked.images - len(stored)
    price = asked.price
    day = day_of(asked.now)
    reason = objection(database, asked.owner, day, price, missing)
    if reason is not None:
        return Verdict("over_budget", reason=reason, until=next_day(asked.now))
    limit = asked.requests_per_minute
    if limit is not None and is_too_fast(database, asked.owner, asked.now, limit):
        return Verdict("too_fast", until=next_minute(asked.now))
    repeat = asked.repeat
    row: dict[str, Value] = {
        "id": asked.id,
        "owner": asked.owner,
        "day": day,
        "started": asked.now,
        "lease": asked.now + asked.lease,
        "state": "running" if asked.plan is None else "queued",
        "repeat_key": repeat.key if repeat else None,
        "fingerprint": repeat.fingerprint if repeat else None,
        "retries": repeat.retries if repeat else 0,
        "flight": flight,
        "provider": asked.provider,
        "model": asked.model,
        "images": missing,
        "stem": asked.stem,
        "nanodollars": _held(price, missing),
        "counted": missing if price.is_counted else 0,
        "is_background": int(asked.plan is not None),
        "plan": asked.plan,
        "afterwards": asked.afterwards,
    }
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    database.query(
        f"INSERT INTO requests ({columns}) VALUES ({marks})",
        *row.values(),
    )
    return Verdict("begun", stored=tuple(stored))


def _held(price: Price, images: int, spent: int = 0) -> int | None:
    """Nanodollars that a request may cost its owner; None where nobody knows."""
    if not price.is_counted:
        return 0
    return None if price.each is None else spent + images * price.each


def _find_stored(database: Database, asked: Begin) -> list[ImageRecord]:
    found = (
        find_alike(database, asked.owner, fingerprint, asked.since) for fingerprint in asked.alike
    )
    return [image for image in found if image is not None]


def _is_in_flight(database: Database, asked: Begin, flight: str) -> bool:
    return bool(
        database.query(
            "SELECT 1 FROM requests "
            "WHERE owner = ? AND flight = ? AND ended IS NULL AND lease > ? AND id != ?",
            asked.owner,
            flight,
            asked.now,
            asked.id,
        )
    )


def renew(database: Database, name: str, until: float) -> bool:
    """Prolong a lease; tells whether the request should go on."""
    rows = database.query(
        "UPDATE requests SET lease = ? WHERE id = ? AND ended IS NULL RETURNING state", until, name
    )
    return rows != [["cancelling"]]


def hold(database: Database, asked: Hold) -> Verdict:
    """Hold what a request may cost with another model than it began with."""
    price = asked.price
    reason = objection(
        database,
        asked.owner,
        day_of(asked.started),
        price,
        asked.images,
        spent=(asked.spent, asked.counted),
        name=asked.id,
    )
    if reason is not None:
        return Verdict("over_budget", reason=reason, until=next_day(asked.now))
    database.query(
        "UPDATE requests SET nanodollars = ?, counted = ? WHERE id = ?",
        _held(price, asked.images, asked.spent),
        asked.counted + (asked.images if price.is_counted else 0),
        asked.id,
    )
    return Verdict("begun")


def end(database: Database, told: End) -> str | None:
    """End a request: what was held for it is given back, and what it cost is written down.

    One that was taken for lost ends twice, if whoever carried it out was only slow. Then it has
    been counted, and what came of it replaces what was told in its stead.

    Returns:
        What is to be done now, as it was said when the request began.
    """
    found = database.query(
        "SELECT ended, afterwards, repeat_key IS NOT NULL OR is_background FROM requests "
        "WHERE id = ?",
        told.id,
    )
    ended, afterwards, may_be_asked_for = found[0] if found else (None, None, 0)
    statements = [adding_image(image) for image in told.images]
    if told.is_guess and (not found or ended is not None):
        database.run(statements)
        return None
    if ended is None:
        day = day_of(told.started)
        statements += [adding_spent(day, told.owner, spent) for spent in told.spent]
    if told.answer is not None and may_be_asked_for:
        statements.append(
            (
                "UPDATE requests SET state = ?, answer = ?, ended = ?, plan = NULL WHERE id = ?",
                (told.state, told.answer, told.now, told.id),
            )
        )
    elif ended is None:
        statements.append(("DELETE FROM requests WHERE id = ?", (told.id,)))
    database.run(statements)
    return None if afterwards is None else str(afterwards)


def find_lost(database: Database, now: float, limit: int) -> list[Open]:
    """Requests that nobody is at any more, and of which nobody knows what became of them."""
    rows = database.query(
        f"SELECT {OPEN} FROM requests "
        "WHERE ended IS NULL AND state != 'queued' AND lease < ? ORDER BY lease LIMIT ?",
        now,
        limit,
    )
    return [read_open(row) for row in rows]


def forget_answers(database: Database, before: float) -> None:
    """Forget requests that ended before a time."""
    database.query("DELETE FROM requests WHERE ended < ?", before)
