"""Begin, hold, renew and end requests: each is executed at most once."""

from dataclasses import astuple

from pydantic import TypeAdapter

from easel.ledger.budgets import day_of, exceeded_budget, exceeds_rate, next_day, next_minute
from easel.ledger.database import Database, Value
from easel.ledger.history import find_by_fingerprint, image_insert
from easel.ledger.idempotency import find_earlier
from easel.ledger.messages import Begin, End, Ended, Hold, Price
from easel.ledger.open_requests import OPEN_COLUMNS, read_open
from easel.ledger.records import ImageRecord, ModelUsage, OpenRequest
from easel.ledger.retries import deliver
from easel.ledger.rows import identity_columns, insert_request, record_refusal
from easel.ledger.usage import usage_upsert
from easel.ledger.verdicts import Begun, OverBudget, RateLimited, Running, Stored, Verdict


def begin(database: Database, request: Begin) -> Verdict:
    """Begin a request, unless it is a repetition, its images are stored, or a limit forbids it."""
    deliver(database, request.delivered)
    if request.idempotency is not None:
        earlier = find_earlier(
            database, request.owner, request.id, request.idempotency, request.now
        )
        if earlier is not None:
            return earlier
    stored = _find_stored(database, request)
    if request.alike and len(stored) == len(request.alike):
        usage = ModelUsage(request.provider, request.model, requests=1)
        database.run([usage_upsert(day_of(request.now), request.owner, usage)])
        return Stored(tuple(stored))
    flight_key = " ".join(request.alike) or None
    if flight_key is not None and _is_in_flight(database, request, flight_key):
        return Running()
    missing = request.images - len(stored)
    price = request.price
    day = day_of(request.now)
    reason = exceeded_budget(database, request.owner, day, price, missing)
    if reason is not None:
        record_refusal(database, request)
        return OverBudget(reason, next_day(request.now))
    limit = request.requests_per_minute
    if limit is not None and exceeds_rate(database, request.owner, request.now, limit):
        record_refusal(database, request)
        return RateLimited(next_minute(request.now))
    nanodollars, unpriced, counted = _held(price, missing)
    insert_request(
        database,
        {
            **identity_columns(request),
            "lease": request.now + request.lease,
            "state": "running" if request.stored is None else "queued",
            "flight": flight_key,
            "images": missing,
            "nanodollars": nanodollars,
            "unpriced": unpriced,
            "counted": counted,
            "is_background": int(request.stored is not None),
            "plan": request.stored,
            "afterwards": request.follow_up,
        },
    )
    return Begun(tuple(stored))


def _held(price: Price, images: int, spent: int = 0, spent_images: int = 0) -> tuple[int, int, int]:
    """The hold of a request, with the amounts that it has spent so far.

    Returns:
        Nanodollars for images with a known price, number of images without one, and number of
        images that count against a budget.
    """
    if not price.is_counted:
        return spent, 0, spent_images
    if price.each is None:
        return spent, images, spent_images + images
    return spent + images * price.each, 0, spent_images + images


def _find_stored(database: Database, request: Begin) -> list[ImageRecord]:
    found = (
        find_by_fingerprint(database, request.owner, fingerprint, request.since)
        for fingerprint in request.alike
    )
    return [image for image in found if image is not None]


def _is_in_flight(database: Database, request: Begin, flight_key: str) -> bool:
    return bool(
        database.query(
            "SELECT 1 FROM requests "
            "WHERE owner = ? AND flight = ? AND ended IS NULL AND lease > ? AND id != ?",
            request.owner,
            flight_key,
            request.now,
            request.id,
        )
    )


def renew(database: Database, name: str, until: float) -> bool:
    """Renew a lease; False if the request is to be cancelled."""
    rows = database.query(
        "UPDATE requests SET lease = ? WHERE id = ? AND ended IS NULL RETURNING state", until, name
    )
    return rows != [["cancelling"]]


def hold(database: Database, request: Hold) -> OverBudget | None:
    """Hold the cost of a request with another model than it began with, if the budget allows."""
    price = request.price
    reason = exceeded_budget(
        database,
        request.owner,
        day_of(request.started),
        price,
        request.images,
        spent=(request.spent, request.counted),
        name=request.id,
    )
    if reason is not None:
        return OverBudget(reason, next_day(request.now))
    database.query(
        "UPDATE requests SET nanodollars = ?, unpriced = ?, counted = ? WHERE id = ?",
        *_held(price, request.images, request.spent, request.counted),
        request.id,
    )
    return None


def end(database: Database, message: End) -> Ended:
    """End a request: release its hold, and record its usage and its images.

    A request that was only slow may end after its end was guessed. The real end then replaces the
    guess, and its usage.
    """
    found = database.query(
        "SELECT ended, guess, afterwards, claimed_by, client IS NOT NULL, "
        "repeat_key IS NOT NULL OR is_background FROM requests WHERE id = ?",
        message.id,
    )
    statements = [image_insert(image) for image in message.images]
    if not found or (found[0][0] is not None and (message.is_guess or found[0][1] is None)):
        # It is deleted, or its end is known: its usage has been counted.
        database.run(statements)
        return Ended()
    _, guess, follow_up, claimed_by, is_retried, is_repeatable = found[0]
    day = day_of(message.started)
    usage = [*message.spent, *(_negated(spent) for spent in _read_guess(guess))]
    statements += [usage_upsert(day, message.owner, spent) for spent in usage]
    row: dict[str, Value] = {"state": message.state, "answer": message.answer, "ended": message.now}
    row |= {"plan": None, "is_left": int(message.is_left), "guess": _write_guess(message)}
    if message.may_begin_again:
        row["repeat_key"] = None
    if message.answer is None:
        # A job without an answer cannot be looked up.
        row["is_background"] = 0
    if message.is_guess or is_retried or (message.answer is not None and is_repeatable):
        columns = ", ".join(f"{name} = ?" for name in row)
        statements.append(
            (f"UPDATE requests SET {columns} WHERE id = ?", (*row.values(), message.id))
        )
    else:
        statements.append(("DELETE FROM requests WHERE id = ?", (message.id,)))
    database.run(statements)
    return Ended(None if follow_up is None else str(follow_up), is_claimed=claimed_by is not None)


_GUESS = TypeAdapter(tuple[ModelUsage, ...])


def _write_guess(message: End) -> str | None:
    """Encode the usage that a guess has added, so that it can be subtracted."""
    return _GUESS.dump_json(message.spent).decode() if message.is_guess else None


def _read_guess(guess: Value) -> tuple[ModelUsage, ...]:
    return () if guess is None else _GUESS.validate_json(str(guess))


def _negated(spent: ModelUsage) -> ModelUsage:
    provider, model, *counts = astuple(spent)
    return ModelUsage(provider, model, *(-count for count in counts))


def find_lost(database: Database, now: float, limit: int) -> list[OpenRequest]:
    """Open requests whose lease has expired: they were interrupted."""
    rows = database.query(
        f"SELECT {OPEN_COLUMNS} FROM requests "
        "WHERE ended IS NULL AND state != 'queued' AND lease < ? ORDER BY lease LIMIT ?",
        now,
        limit,
    )
    return [read_open(row) for row in rows]


def forget_answers(database: Database, before: float) -> None:
    """Delete requests that ended before a time."""
    database.query("DELETE FROM requests WHERE ended < ?", before)
