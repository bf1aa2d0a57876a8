"""The tables of the ledger, and the secrets that it stores."""

from easel.ledger.database import prepare
from easel.ledger.requests import begin
from easel.ledger.upkeep import get_or_create_secret
from support.ledger import MemoryDatabase
from support.ledger_messages import new_request, sdk_retry


def test_a_database_of_an_earlier_version_gets_the_missing_columns() -> None:
    database = MemoryDatabase()
    for column in ("client", "is_watched", "is_left", "unpriced", "guess"):
        database.query(f"ALTER TABLE requests DROP COLUMN {column}")
    prepare(database)
    assert begin(database, new_request("1", idempotency=sdk_retry(0))).kind == "begun"


def test_a_stored_secret_is_never_replaced(database: MemoryDatabase) -> None:
    assert get_or_create_secret(database, "links", "first") == "first"
    assert get_or_create_secret(database, "links", "second") == "first"
