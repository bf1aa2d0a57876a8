"""Equal requests that a retry of OpenAI's SDKs may repeat."""

from dataclasses import dataclass

from easel.ledger.database import Database, Row, Value
from easel.ledger.messages import Idempotency
from easel.ledger.open_requests import OPEN_COLUMNS, read_open
from easel.ledger.records import OpenRequest
from easel.ledger.verdicts import Answered, Earlier, Lost, Queued, Running
from easel.limits import CLIENT_RETRY_SECONDS, DELIVERY_SECONDS

# Upper bound of candidates; more equal requests at a time are not retries of one client.
_MOST = 100

COLUMNS = (
    f"{OPEN_COLUMNS}, state, lease, answer, ended, retries, claimed_by, client, "
    "is_watched, is_left, is_background"
)


@dataclass(frozen=True)
class Candidate:
    """An equal request that a retry may repeat.

    Attributes:
        ended: Unix time of its end; None while it is open.
        claimed_by: id of the retry that has claimed it.
        is_watched: whether easel can detect that its client disconnects.
        is_left: whether its client disconnected before it ended.
    """

    request: OpenRequest
    state: str
    lease: float
    answer: Value
    ended: float | None
    retries: int
    claimed_by: str | None
    client: str
    is_watched: bool
    is_left: bool
    is_background: bool

    def is_lost(self, now: float) -> bool:
        """Whether its client certainly did not get the answer."""
        if self.is_background:
            return False
        if self.ended is None:
            return self.lease <= now
        return self.answer is not None and self.is_left

    def is_free(self) -> bool:
        """Whether it failed at no cost."""
        return self.ended is not None and self.answer is None

    def runs(self, now: float) -> bool:
        """Whether it is running, for a client that may still wait for the answer."""
        return not self.is_background and self.ended is None and self.lease > now

    def is_answered(self) -> bool:
        """Whether an answer or a job was sent to its client, which may not have arrived."""
        return self.is_background or (self.answer is not None and not self.is_left)

    def awaits_confirmation(self, now: float) -> bool:
        """Whether the report that its answer was delivered may still come."""
        answered = self.request.started if self.is_background else self.ended
        return self.is_watched and answered is not None and answered > now - DELIVERY_SECONDS


def find_candidates(
    database: Database, owner: str, name: str, idempotency: Idempotency, now: float
) -> list[Candidate]:
    """Equal requests that a retry may repeat: running ones first, then the latest to end."""
    rows = database.query(
        f"SELECT {COLUMNS} FROM requests "
        "WHERE owner = ? AND repeat_key = ? AND (ended IS NULL OR ended > ?) "
        "AND (retries < ? OR claimed_by = ?) "
        # The client of the latest one is the most likely to retry now.
        "ORDER BY ended IS NOT NULL, ended DESC, started LIMIT ?",
        owner,
        idempotency.key,
        now - CLIENT_RETRY_SECONDS,
        idempotency.retries,
        name,
        _MOST,
    )
    return [read_candidate(row) for row in rows]


def read_candidate(row: Row) -> Candidate:
    """Read a row of the columns `COLUMNS`."""
    (
        *opened,
        state,
        lease,
        answer,
        ended,
        retries,
        claimed_by,
        client,
        watched,
        left,
        is_background,
    ) = row
    return Candidate(
        read_open(opened),
        str(state),
        float(lease or 0),
        answer,
        None if ended is None else float(ended),
        int(retries or 0),
        None if claimed_by is None else str(claimed_by),
        str(client or ""),
        bool(watched),
        bool(left),
        bool(is_background),
    )


def describe_earlier(
    request: OpenRequest, state: str, lease: float, answer: Value, now: float
) -> Earlier:
    """The state of an earlier request, as the verdict on a repetition of it."""
    if answer is not None:
        return Answered(request.id, str(answer))
    if state == "queued":
        return Queued(request.id)
    if lease > now:
        return Running(request.id)
    return Lost(request)
