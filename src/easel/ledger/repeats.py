"""Requests that were made before, and what became of them."""

from easel.ledger.database import Database, Value
from easel.ledger.messages import Repeat, Verdict
from easel.ledger.open_requests import OPEN, read_open
from easel.ledger.records import Open

# How long an answer is kept for those who ask again.
KEPT_SECONDS = 24 * 3600.0

# Clients' own retries come soon after the failure, or when the answer told them to.
_RETRIED_SECONDS = 120.0


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
