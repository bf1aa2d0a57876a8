"""Recognise a request that was made before, by the name that its caller gave it.

An idempotency key names one request of one owner for a day. The retries of OpenAI's SDKs come
without a name; `retries` recognises those.
"""

from easel.ledger.candidates import describe_earlier
from easel.ledger.database import Database
from easel.ledger.messages import Idempotency
from easel.ledger.open_requests import OPEN, read_open
from easel.ledger.retries import find_retried, find_undelivered
from easel.ledger.verdicts import Answered, Conflict, Earlier

# For how long an answer is kept for those who ask again.
KEPT_SECONDS = 24 * 3600.0


def find_earlier(
    database: Database, owner: str, name: str, idempotency: Idempotency, now: float
) -> Earlier | Conflict | None:
    """Find the request that this one repeats; None where it is to begin.

    Args:
        database: the ledger's.
        owner: the name of the key that asks.
        name: the id of the request that asks.
        idempotency: how it may be recognised.
        now: Unix time in seconds.
    """
    if not idempotency.is_named:
        return find_retried(database, owner, name, idempotency, now)
    found = database.query(
        f"SELECT {OPEN}, state, lease, answer, fingerprint FROM requests "
        "WHERE owner = ? AND repeat_key = ? AND (ended IS NULL OR ended > ?)",
        owner,
        idempotency.key,
        now - KEPT_SECONDS,
    )
    if not found:
        return None
    *opened, state, lease, answer, fingerprint = found[0]
    if fingerprint != idempotency.fingerprint:
        return Conflict()
    return describe_earlier(read_open(opened), str(state), float(lease or 0), answer, now)


def find_answered(
    database: Database, owner: str, name: str, idempotency: Idempotency, now: float
) -> Answered | None:
    """Find the answer of the same request for one that could not begin; None where it has none."""
    find = find_earlier if idempotency.is_named else find_undelivered
    verdict = find(database, owner, name, idempotency, now)
    return verdict if isinstance(verdict, Answered) else None
