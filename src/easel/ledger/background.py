"""Requests that were put off: found by their id, claimed by whoever does them, called off."""

from typing import cast

from easel.ledger.database import Database, Row
from easel.ledger.open_requests import OPEN, read_open
from easel.ledger.records import BackgroundRequest, State

_COLUMNS = f"{OPEN}, state, lease, plan, answer, ended, afterwards"


def find_background(
    database: Database, owner: str | None, name: str, now: float
) -> BackgroundRequest | None:
    """A key's request; those of others do not exist. Without an owner, whoever's it is."""
    rows = database.query(
        f"SELECT {_COLUMNS} FROM requests "
        "WHERE id = ? AND owner = coalesce(?, owner) AND is_background = 1",
        name,
        owner,
    )
    return _request(rows[0], now) if rows else None


def find_unclaimed(database: Database, now: float, limit: int) -> list[str]:
    """Requests that are queued and whose turn should have come: their message may be lost."""
    rows = database.query(
        "SELECT id FROM requests WHERE ended IS NULL AND state = 'queued' AND lease < ? "
        "ORDER BY lease LIMIT ?",
        now,
        limit,
    )
    return [str(name) for (name,) in rows]


def claim_background(
    database: Database, name: str, now: float, lease: float
) -> BackgroundRequest | None:
    """Take a request that is queued, to do it; else tell how it stands. None: there is none."""
    rows = database.query(
        "UPDATE requests SET state = 'running', lease = ? "
        f"WHERE id = ? AND state = 'queued' RETURNING {OPEN}, 'queued', 0, plan, NULL, NULL, "
        "afterwards",
        now + lease,
        name,
    ) or database.query(f"SELECT {_COLUMNS} FROM requests WHERE id = ?", name)
    return _request(rows[0], now) if rows else None


def cancel_background(
    database: Database, owner: str, name: str, now: float, answer: str
) -> BackgroundRequest | None:
    """Call a request off: one that is queued at once, one that runs as soon as that can be.

    Args:
        database: the ledger's.
        owner: the name of the key.
        name: the request's id.
        now: the time.
        answer: what is told of it, if it was still queued.
    """
    database.query(
        "UPDATE requests SET state = 'cancelled', answer = ?, ended = ?, plan = NULL "
        "WHERE id = ? AND owner = ? AND is_background = 1 AND state = 'queued'",
        answer,
        now,
        name,
        owner,
    )
    database.query(
        "UPDATE requests SET state = 'cancelling' "
        "WHERE id = ? AND owner = ? AND is_background = 1 AND state = 'running'",
        name,
        owner,
    )
    return find_background(database, owner, name, now)


def _request(row: Row, now: float) -> BackgroundRequest:
    *opened, state, lease, stored, answer, ended, follow_up = row
    return BackgroundRequest(
        read_open(opened),
        cast("State", state),
        float(lease or 0) > now,
        None if stored is None else str(stored),
        None if answer is None else str(answer),
        None if ended is None else float(ended),
        None if follow_up is None else str(follow_up),
    )
