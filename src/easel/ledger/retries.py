"""Give each retry of OpenAI's SDKs the request that its own client lost.

The SDKs send no name with a request. A retry says only how often its client has tried before, so
the ledger knows it by what it asks for. Others may ask for the same at the same time, and their
images are theirs. A retry therefore takes, in this order:

1. a request whose client is known to be without the answer: it left, or easel was interrupted;
2. the place of a request that was refused, or failed at no cost: it begins anew;
3. a request that still runs;
4. an answer that may not have been delivered.

An answer that was delivered is forgotten here (`deliver`), so no retry finds it.

Behind Cloudflare's edge easel learns when a client leaves, so a retry waits to see whether a
request that runs is delivered to its own client. Elsewhere, as behind `wrangler dev`, nobody can
know. There a request that runs is taken to be the one that the retry's client gave up; should its
client be there all the same, `exchange` finds that client another one.
https://developers.cloudflare.com/changelog/2025-05-22-handle-request-cancellation
"""

from collections.abc import Sequence

from easel.ledger.candidates import (
    COLUMNS,
    RETRIED_SECONDS,
    Candidate,
    describe_earlier,
    find_candidates,
    read_candidate,
)
from easel.ledger.database import Database
from easel.ledger.messages import Idempotency
from easel.ledger.verdicts import Earlier, Running


def find_retried(
    database: Database, owner: str, name: str, idempotency: Idempotency, now: float
) -> Earlier | None:
    """Find the request that a retry belongs to; None where it is to begin.

    Args:
        database: the ledger's.
        owner: the name of the key that asks.
        name: the id of the retry.
        idempotency: what it asks for, and how often its client has tried before.
        now: Unix time in seconds.
    """
    if idempotency.retries == 0 or _has_begun_anew(database, name):
        return None
    candidates = find_candidates(database, owner, name, idempotency, now)
    candidates.sort(key=lambda one: one.client != idempotency.client)
    taken = [one for one in candidates if one.claimed_by == name]
    answered = [one for one in candidates if one.is_answered()]
    unanswered = [one for one in candidates if one not in answered]
    # Where one of them is the try before this one, the others are not.
    previous = [one for one in unanswered if one.retries == idempotency.retries - 1]
    open_ = taken or previous or unanswered
    lost = [one for one in open_ if one in taken or one.is_lost(now)]
    free = [one for one in open_ if one.is_free()]
    running = [one for one in open_ if one.runs(now)]
    if lost and lost[0] not in free:
        return _claim(database, lost[0], name, idempotency, now)
    if free:
        database.query("DELETE FROM requests WHERE id = ?", free[0].request.id)
        return None
    unwatched = [one for one in running if not one.is_watched]
    if unwatched:
        # One that no other retry has taken, where there is one.
        unwatched.sort(key=lambda one: one.claimed_by is not None)
        return _claim(database, unwatched[0], name, idempotency, now)
    if any(one.request.started <= idempotency.arrived for one in running):
        return Running()
    unconfirmed = [one for one in answered if not one.awaits_confirmation(now)]
    if unconfirmed:
        return _claim(database, unconfirmed[0], name, idempotency, now)
    return Running() if answered else None


def find_undelivered(
    database: Database, owner: str, name: str, idempotency: Idempotency, now: float
) -> Earlier | None:
    """Find an answer that a retry's client lost, for a retry that could not begin.

    Images that it names may have left their URLs since the first try. Nothing else is touched.
    """
    candidates = (
        find_candidates(database, owner, name, idempotency, now) if idempotency.retries else []
    )
    answered = [one for one in candidates if one.answer is not None]
    answered.sort(key=lambda one: not one.is_lost(now))
    if not answered or answered[0].awaits_confirmation(now):
        return None
    return _claim(database, answered[0], name, idempotency, now)


def exchange(database: Database, name: str, now: float) -> Earlier | None:
    """Find another equal request for a client whose own one a retry has taken.

    The retry belongs to one of these clients. If it is not this one, the retry's own request is
    among the others and nobody waits for it.

    Args:
        database: the ledger's.
        name: the id of the request that was taken.
        now: Unix time in seconds.

    Returns:
        How the other one stands, or None where there is none.
    """
    rows = database.query(
        f"SELECT {COLUMNS} FROM requests AS one WHERE id != ? AND is_background = 0 "
        "AND (claimed_by = ? OR claimed_by IS NULL) "
        "AND (ended IS NULL OR (answer IS NOT NULL AND ended > ?)) "
        "AND EXISTS (SELECT 1 FROM requests AS own WHERE own.id = ? AND own.owner = one.owner "
        "AND own.repeat_key = one.repeat_key AND own.is_watched = 0) "
        "ORDER BY claimed_by IS NULL, ended IS NOT NULL, started LIMIT 1",
        name,
        name,
        now - RETRIED_SECONDS,
        name,
    )
    if not rows:
        return None
    found = read_candidate(rows[0])
    database.query("UPDATE requests SET claimed_by = ? WHERE id = ?", name, found.request.id)
    return describe_earlier(found.request, found.state, found.lease, found.answer, now)


def deliver(database: Database, names: Sequence[str]) -> None:
    """Forget requests whose answers their clients have: no retry belongs to them any more."""
    if not names:
        return
    marks = ", ".join("?" * len(names))
    database.query(f"UPDATE requests SET repeat_key = NULL WHERE id IN ({marks})", *names)
    database.query(
        f"DELETE FROM requests WHERE id IN ({marks}) AND ended IS NOT NULL AND is_background = 0",
        *names,
    )


def _has_begun_anew(database: Database, name: str) -> bool:
    """Whether a retry took a place already, and was refused with the first of its models."""
    return bool(database.query("SELECT 1 FROM requests WHERE id = ?", name))


def _claim(
    database: Database, one: Candidate, name: str, idempotency: Idempotency, now: float
) -> Earlier:
    """Give a request to a retry, and tell how it stands."""
    database.query(
        # Whether this retry's client gets the answer is as open as it was for the first one's.
        "UPDATE requests SET retries = ?, claimed_by = ?, is_left = 0, "
        "ended = CASE WHEN ended IS NULL OR is_background THEN ended ELSE ? END WHERE id = ?",
        idempotency.retries,
        name,
        now,
        one.request.id,
    )
    return describe_earlier(one.request, one.state, one.lease, one.answer, now)
