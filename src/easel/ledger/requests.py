"""Requests from their beginning to their end: each is begun once, whoever asks how often."""

from easel.ledger.budgets import day_of, is_too_fast, next_day, next_minute, objection
from easel.ledger.database import Database, Row, Value
from easel.ledger.history import adding_image, find_alike
from easel.ledger.messages import Begin, End, Hold, Price, Repeat, Verdict
from easel.ledger.records import ImageRecord, Open
from easel.ledger.usage import adding_spent

# How long an answer is kept for those who ask again.
KEPT_SECONDS = 24 * 3600.0

# Clients' own retries come soon after the failure, or when the answer told them to.
_RETRIED_SECONDS = 120.0

OPEN = "id, owner, started, provider, model, images, stem, nanodollars, counted"


def begin(database: Database, asked: Begin) -> Verdict:
    """Begin a request, unless it was begun already, is not needed, or may not be."""
    if asked.repeat is not None:
        earlier = find_earlier(database, asked.owner, asked.id, asked.repeat, asked.now)
        if earlier is not None:
            return earlier
    stored = _find_stored(database, asked)
    if asked.alike and len(stored) == len(asked.alike):
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


def find_earlier(
    database: Database, owner: str, name: str, repeat: Repeat, now: float
) -> Verdict | None:
    """What is known of the request that this one repeats; None where it repeats none.

    Args:
        database: the ledger's.
        owner: the name of the key that asks.
        name: the id of the request that asks.
        repeat: by what it is known again.
        now: the time.
    """
    since = now - KEPT_SECONDS
    columns = f"{OPEN}, state, lease, answer, fingerprint"
    if repeat.is_named:
        found = database.query(
            f"SELECT {columns} FROM requests "
            "WHERE owner = ? AND repeat_key = ? AND (ended IS NULL OR ended > ?)",
            owner,
            repeat.key,
            since,
        )
    elif repeat.retries > 0:
        # Of several that ask for the same, each retry belongs to another.
        found = database.query(
            f"SELECT {columns} FROM requests "
            "WHERE owner = ? AND repeat_key = ? AND started > ? "
            "AND (ended IS NULL OR ended > ?) AND (retries < ? OR claimed_by = ?) "
            "ORDER BY claimed_by IS NOT ?, started LIMIT 1",
            owner,
            repeat.key,
            since,
            now - _RETRIED_SECONDS,
            repeat.retries,
            name,
            name,
        )
    else:
        return None
    if not found:
        return None
    *opened, state, lease, answer, fingerprint = found[0]
    if fingerprint != repeat.fingerprint:
        return Verdict("conflict")
    request = read_open(opened)
    if not repeat.is_named:
        database.query(
            "UPDATE requests SET retries = ?, claimed_by = ? WHERE id = ?",
            repeat.retries,
            name,
            request.id,
        )
    return _tell(request, str(state), float(lease or 0), answer, now)


def _tell(request: Open, state: str, lease: float, answer: Value, now: float) -> Verdict:
    if answer is not None:
        return Verdict("answered", id=request.id, answer=str(answer))
    if state == "queued":
        return Verdict("queued", id=request.id)
    if lease > now:
        return Verdict("running", id=request.id)
    return Verdict("lost", id=request.id, request=request)


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


def read_open(row: Row) -> Open:
    """A request of the columns `OPEN`."""
    name, owner, started, provider, model, images, stem, nanodollars, counted = row
    return Open(
        str(name),
        str(owner),
        float(started or 0),
        str(provider),
        str(model),
        int(images or 0),
        str(stem),
        None if nanodollars is None else int(nanodollars),
        int(counted or 0),
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
