"""Insert rows into the table of requests."""

from collections.abc import Mapping

from easel.ledger.budgets import day_of
from easel.ledger.database import Database, Value
from easel.ledger.messages import Begin


def record_refusal(database: Database, request: Begin) -> None:
    """Record a refused request, so that its client's retry does not claim another client's."""
    if request.idempotency is None or request.idempotency.is_named:
        return
    insert_request(
        database,
        {
            **identity_columns(request),
            "lease": request.now,
            "state": "failed",
            "images": 0,
            "counted": 0,
            "is_background": 0,
            "ended": request.now,
        },
    )


def identity_columns(request: Begin) -> dict[str, Value]:
    """The columns that identify the request."""
    idempotency = request.idempotency
    row: dict[str, Value] = {
        "id": request.id,
        "owner": request.owner,
        "day": day_of(request.now),
        "started": request.now,
        "provider": request.provider,
        "model": request.model,
        "stem": request.stem,
    }
    if idempotency is None:
        return row
    row |= {"repeat_key": idempotency.key, "fingerprint": idempotency.fingerprint}
    if idempotency.is_named:
        return row
    watched = int(idempotency.is_watched)
    return row | {
        "retries": idempotency.retries,
        "client": idempotency.client,
        "is_watched": watched,
    }


def insert_request(database: Database, row: Mapping[str, Value]) -> None:
    """Insert a request, or replace its refusal with another model."""
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    database.query(f"INSERT OR REPLACE INTO requests ({columns}) VALUES ({marks})", *row.values())
