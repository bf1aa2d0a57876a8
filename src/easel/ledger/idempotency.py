"""Recognise a repeated request by its idempotency key.

An idempotency key identifies one request of one API key for a day. Retries of OpenAI's SDKs have no
idempotency key; `retries` recognises them.
"""

from easel.ledger.candidates import describe_earlier
from easel.ledger.database import Database
from easel.ledger.messages import Idempotency
from easel.ledger.open_requests import OPEN_COLUMNS, read_open
from easel.ledger.retries import find_lost_answer, find_repeated
from easel.ledger.verdicts import Answered, Conflict, Earlier
from easel.limits import ANSWER_KEPT_SECONDS


def find_earlier(
    database: Database, owner: str, name: str, idempotency: Idempotency, now: float
) -> Earlier | Conflict | None:
    """Find the earlier request that the request `name` repeats; None if it is new."""
    if not idempotency.is_named:
        return find_repeated(database, owner, name, idempotency, now)
    found = database.query(
        f"SELECT {OPEN_COLUMNS}, state, lease, answer, fingerprint FROM requests "
        "WHERE owner = ? AND repeat_key = ? AND (ended IS NULL OR ended > ?)",
        owner,
        idempotency.key,
        now - ANSWER_KEPT_SECONDS,
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
    """Find the answer of the same request, for a request that could not begin."""
    find = find_earlier if idempotency.is_named else find_lost_answer
    verdict = find(database, owner, name, idempotency, now)
    return verdict if isinstance(verdict, Answered) else None
