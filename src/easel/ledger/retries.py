"""Match each retry of OpenAI's SDKs to the request whose answer its client did not get.

The SDKs send no idempotency key. A retry has only the number of earlier tries, so the ledger
recognises it by its fingerprint. Other clients can send equal requests at the same time, and must
get their own images. A retry therefore claims, in this order:

1. a request whose client certainly did not get the answer: it disconnected, or easel was
   interrupted;
2. the place of a request that was refused, or failed at no cost: the retry begins;
3. a running request;
4. an answer that may not have been delivered.

An answer that was delivered is deleted (`deliver`), so that no retry finds it.

Behind Cloudflare's edge easel detects that a client disconnects, so a retry waits until a running
request is delivered to its own client or not. Elsewhere, such as behind `wrangler dev`, easel
cannot detect it. There a retry claims a running request at once, as if its client had given it up;
if that client is still connected, `exchange` finds another request for it.
https://developers.cloudflare.com/changelog/2025-05-22-handle-request-cancellation
"""

from collections.abc import Sequence

from easel.ledger.candidates import (
    COLUMNS,
    Candidate,
    describe_earlier,
    find_candidates,
    read_candidate,
)
from easel.ledger.database import Database
from easel.ledger.messages import Idempotency
from easel.ledger.verdicts import Earlier, Running
from easel.limits import CLIENT_RETRY_SECONDS


def find_repeated(
    database: Database, owner: str, name: str, idempotency: Idempotency, now: float
) -> Earlier | None:
    """Find and claim the request that the retry `name` repeats; None if the retry is to begin."""
    if idempotency.retries == 0 or _has_begun_anew(database, name):
        return None
    candidates = find_candidates(database, owner, name, idempotency, now)
    candidates.sort(key=lambda one: one.client != idempotency.client)
    claimed = [one for one in candidates if one.claimed_by == name]
    answered = [one for one in candidates if one.is_answered()]
    unanswered = [one for one in candidates if one not in answered]
    # If one of them is the directly preceding try, it is the one.
    previous = [one for one in unanswered if one.retries == idempotency.retries - 1]
    eligible = claimed or previous or unanswered
    lost = [one for one in eligible if one in claimed or one.is_lost(now)]
    free = [one for one in eligible if one.is_free()]
    running = [one for one in eligible if one.runs(now)]
    if lost and lost[0] not in free:
        return _claim(database, lost[0], name, idempotency, now)
    if free:
        database.query("DELETE FROM requests WHERE id = ?", free[0].request.id)
        return None
    unwatched = [one for one in running if not one.is_watched]
    if unwatched:
        # Preferably one that no other retry has claimed.
        unwatched.sort(key=lambda one: one.claimed_by is not None)
        return _claim(database, unwatched[0], name, idempotency, now)
    if any(one.request.started <= idempotency.arrived for one in running):
        return Running()
    unconfirmed = [one for one in answered if not one.awaits_confirmation(now)]
    if unconfirmed:
        return _claim(database, unconfirmed[0], name, idempotency, now)
    return Running() if answered else None


def find_lost_answer(
    database: Database, owner: str, name: str, idempotency: Idempotency, now: float
) -> Earlier | None:
    """Find and claim an answer that a retry's client did not get, for a retry that cannot begin.

    A retry cannot begin if its input images are no longer at their URLs.
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
    """Find another equal request for a client whose own request `name` a retry has claimed.

    The retry comes from one of these clients. If it comes from another one, that client has given
    up its own request, whose answer is free.

    Returns:
        The state of the other request, or None if there is none.
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
        now - CLIENT_RETRY_SECONDS,
        name,
    )
    if not rows:
        return None
    found = read_candidate(rows[0])
    database.query("UPDATE requests SET claimed_by = ? WHERE id = ?", name, found.request.id)
    return describe_earlier(found.request, found.state, found.lease, found.answer, now)


def deliver(database: Database, names: Sequence[str]) -> None:
    """Delete requests whose answers were delivered, so that no retry claims them."""
    if not names:
        return
    marks = ", ".join("?" * len(names))
    database.query(f"UPDATE requests SET repeat_key = NULL WHERE id IN ({marks})", *names)
    database.query(
        f"DELETE FROM requests WHERE id IN ({marks}) AND ended IS NOT NULL AND is_background = 0",
        *names,
    )


def _has_begun_anew(database: Database, name: str) -> bool:
    """Whether a retry has claimed a place already, and was refused with its first model."""
    return bool(database.query("SELECT 1 FROM requests WHERE id = ?", name))


def _claim(
    database: Database, one: Candidate, name: str, idempotency: Idempotency, now: float
) -> Earlier:
    """Claim a request for a retry; returns its state."""
    database.query(
        # It is unknown whether this retry's client will get the answer.
        "UPDATE requests SET retries = ?, claimed_by = ?, is_left = 0, "
        "ended = CASE WHEN ended IS NULL OR is_background THEN ended ELSE ? END WHERE id = ?",
        idempotency.retries,
        name,
        now,
        one.request.id,
    )
    return describe_earlier(one.request, one.state, one.lease, one.answer, now)
