"""Background requests: find, claim and cancel them."""

from typing import cast

from easel.ledger.database import Database, Row
from easel.ledger.open_requests import OPEN_COLUMNS, read_open
from easel.ledger.records import BackgroundRequest, State

_COLUMNS = f"{OPEN_COLUMNS}, state, lease, plan, answer, ended, afterwards"


def find_background(
    database: Database, owner: str | None, name: str, now: float
) -> BackgroundRequest | None:
    """A background request of a key; of any key if `owner` is None."""
    rows = database.query(
        f"SELECT {_COLUMNS} FROM requests "
        "WHERE id = ? AND owner = coalesce(?, owner) AND is_background = 1",
        name,
        owner,
    )
    return _request(rows[0], now) if rows else None


def find_unclaimed(database: Database, now: float, limit: int) -> list[str]:
    """Queued requests that should have started by now: their queue message may be lost."""
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
    """Claim a queued request and return it; return any other request unchanged."""
    rows = database.query(
        "UPDATE requests SET state = 'running', lease = ? "
        f"WHERE id = ? AND state = 'queued' RETURNING {OPEN_COLUMNS}, 'queued', 0, plan, "
        "NULL, NULL, afterwards",
        now + lease,
        name,
    ) or database.query(f"SELECT {_COLUMNS} FROM requests WHERE id = ?", name)
    return _request(rows[0], now) if rows else None


def cancel_background(
    database: Database, owner: str, name: str, now: float, answer: str
) -> BackgroundRequest | None:
    """Cancel a request: at once if it is queued, at the next lease renewal if it is running.

    `answer` is stored as its result if it was queued.
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
