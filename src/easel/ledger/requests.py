"""Requests from their beginning to their end: each is carried out once, however often it comes."""

from collections.abc import Mapping
from dataclasses import astuple

from pydantic import TypeAdapter

from easel.ledger.budgets import day_of, is_too_fast, next_day, next_minute, objection
from easel.ledger.database import Database, Value
from easel.ledger.history import adding_image, find_alike
from easel.ledger.idempotency import find_earlier
from easel.ledger.messages import Begin, End, Ended, Hold, Price
from easel.ledger.open_requests import OPEN, read_open
from easel.ledger.records import ImageRecord, Open, Spent
from easel.ledger.retries import deliver
from easel.ledger.usage import adding_spent
from easel.ledger.verdicts import Begun, OverBudget, RateLimited, Running, Stored, Verdict


def begin(database: Database, asked: Begin) -> Verdict:
    """Begin a request, unless it was begun already, is not needed, or may not be."""
    deliver(database, asked.delivered)
    if asked.idempotency is not None:
        earlier = find_earlier(database, asked.owner, asked.id, asked.idempotency, asked.now)
        if earlier is not None:
            return earlier
    stored = _find_stored(database, asked)
    if asked.alike and len(stored) == len(asked.alike):
        asked_for = Spent(asked.provider, asked.model, requests=1)
        database.run([adding_spent(day_of(asked.now), asked.owner, asked_for)])
        return Stored(tuple(stored))
    flight = " ".join(asked.alike) or None
    if flight is not None and _is_in_flight(database, asked, flight):
        return Running()
    missing = asked.images - len(stored)
    price = asked.price
    day = day_of(asked.now)
    reason = objection(database, asked.owner, day, price, missing)
    if reason is not None:
        _remember_refusal(database, asked)
        return OverBudget(reason, next_day(asked.now))
    limit = asked.requests_per_minute
    if limit is not None and is_too_fast(database, asked.owner, asked.now, limit):
        _remember_refusal(database, asked)
        return RateLimited(next_minute(asked.now))
    nanodollars, unpriced, counted = _held(price, missing)
    _insert(
        database,
        {
            **_identity(asked),
            "lease": asked.now + asked.lease,
            "state": "running" if asked.stored is None else "queued",
            "flight": flight,
            "images": missing,
            "nanodollars": nanodollars,
            "unpriced": unpriced,
            "counted": counted,
            "is_background": int(asked.stored is not None),
            "plan": asked.stored,
            "afterwards": asked.follow_up,
        },
    )
    return Begun(tuple(stored))


def _remember_refusal(database: Database, asked: Begin) -> None:
    """Keep a place for the client's own retry, which would take another client's otherwise."""
    if asked.idempotency is None or asked.idempotency.is_named:
        return
    _insert(
        database,
        {
            **_identity(asked),
            "lease": asked.now,
            "state": "failed",
            "images": 0,
            "counted": 0,
            "is_background": 0,
            "ended": asked.now,
        },
    )


def _identity(asked: Begin) -> dict[str, Value]:
    """The columns that say which request it is."""
    idempotency = asked.idempotency
    known: dict[str, Value] = {
        "id": asked.id,
        "owner": asked.owner,
        "day": day_of(asked.now),
        "started": asked.now,
        "provider": asked.provider,
        "model": asked.model,
        "stem": asked.stem,
    }
    if idempotency is None:
        return known
    known |= {"repeat_key": idempotency.key, "fingerprint": idempotency.fingerprint}
    if idempotency.is_named:
        return known
    watched = int(idempotency.is_watched)
    return known | {
        "retries": idempotency.retries,
        "client": idempotency.client,
        "is_watched": watched,
    }


def _insert(database: Database, row: Mapping[str, Value]) -> None:
    """Write a request down, in the place of its refusal with another model."""
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    database.query(f"INSERT OR REPLACE INTO requests ({columns}) VALUES ({marks})", *row.values())


def _held(price: Price, images: int, spent: int = 0, spent_images: int = 0) -> tuple[int, int, int]:
    """What is held for a request beside what it has spent already.

    Returns:
        Nanodollars as far as prices are known, images without a known price, and images that
        count against a budget.
    """
    if not price.is_counted:
        return spent, 0, spent_images
    if price.each is None:
        return spent, images, spent_images + images
    return spent + images * price.each, 0, spent_images + images


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


def hold(database: Database, asked: Hold) -> OverBudget | None:
    """Hold the cost of a request with another model than it began with, if the budget allows."""
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
        return OverBudget(reason, next_day(asked.now))
    database.query(
        "UPDATE requests SET nanodollars = ?, unpriced = ?, counted = ? WHERE id = ?",
        *_held(price, asked.images, asked.spent, asked.counted),
        asked.id,
    )
    return None


def end(database: Database, told: End) -> Ended:
    """End a request: release what was held for it, and write down what it has cost.

    A request that was taken for interrupted may end after all, if it was only slow. Then the true
    end replaces the guess, in the usage as well.
    """
    found = database.query(
        "SELECT ended, guess, afterwards, claimed_by, client IS NOT NULL, "
        "repeat_key IS NOT NULL OR is_background FROM requests WHERE id = ?",
        told.id,
    )
    statements = [adding_image(image) for image in told.images]
    if not found or (found[0][0] is not None and (told.is_guess or found[0][1] is None)):
        # It is forgotten, or its end is known: its cost has been counted.
        database.run(statements)
        return Ended()
    _, guess, follow_up, claimed_by, is_retried, may_be_asked_for = found[0]
    day = day_of(told.started)
    counted = [*told.spent, *(_taken_back(spent) for spent in _read_guess(guess))]
    statements += [adding_spent(day, told.owner, spent) for spent in counted]
    row: dict[str, Value] = {"state": told.state, "answer": told.answer, "ended": told.now}
    row |= {"plan": None, "is_left": int(told.is_left), "guess": _write_guess(told)}
    if told.may_begin_again:
        row["repeat_key"] = None
    if told.answer is None:
        # It never was a job that anybody could ask for.
        row["is_background"] = 0
    if told.is_guess or is_retried or (told.answer is not None and may_be_asked_for):
        columns = ", ".join(f"{name} = ?" for name in row)
        statements.append((f"UPDATE requests SET {columns} WHERE id = ?", (*row.values(), told.id)))
    else:
        statements.append(("DELETE FROM requests WHERE id = ?", (told.id,)))
    database.run(statements)
    done = None if follow_up is None else str(follow_up)
    return Ended(done, is_taken=claimed_by is not None)


_GUESS = TypeAdapter(tuple[Spent, ...])


def _write_guess(told: End) -> str | None:
    """What a guess has added to the usage, so that it can be taken back."""
    return _GUESS.dump_json(told.spent).decode() if told.is_guess else None


def _read_guess(guess: Value) -> tuple[Spent, ...]:
    return () if guess is None else _GUESS.validate_json(str(guess))


def _taken_back(spent: Spent) -> Spent:
    provider, model, *counts = astuple(spent)
    return Spent(provider, model, *(-count for count in counts))


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
