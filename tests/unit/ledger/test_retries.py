"""A retry of an SDK without an idempotency key finds the request that it belongs to."""

from easel.ledger.requests import begin, end
from support.ledger import MemoryDatabase
from support.ledger_messages import NOON, id_of, new_request, outcome, sdk_retry


def test_equal_requests_are_separate_unless_they_are_retries(
    database: MemoryDatabase,
) -> None:
    assert begin(database, new_request("1", idempotency=sdk_retry(0))).kind == "begun"
    assert begin(database, new_request("2", idempotency=sdk_retry(0))).kind == "begun"
    assert id_of(begin(database, new_request("3", idempotency=sdk_retry(1)))) == "1"


def test_each_retry_belongs_to_a_different_one_of_equal_requests(database: MemoryDatabase) -> None:
    for name in ("1", "2"):
        begin(database, new_request(name, idempotency=sdk_retry(0)))
    assert id_of(begin(database, new_request("3", idempotency=sdk_retry(1)))) == "1"
    assert id_of(begin(database, new_request("4", idempotency=sdk_retry(1)))) == "2"
    # The same retry polls while it waits.
    assert id_of(begin(database, new_request("3", idempotency=sdk_retry(1)))) == "1"
    assert id_of(begin(database, new_request("5", idempotency=sdk_retry(2)))) == "1"


def test_a_retry_long_after_the_answer_is_a_new_request(database: MemoryDatabase) -> None:
    begin(database, new_request("1", idempotency=sdk_retry(0)))
    end(database, outcome("1", answer="{}"))
    assert (
        begin(database, new_request("2", idempotency=sdk_retry(1), now=NOON + 60)).kind
        == "answered"
    )
    assert (
        begin(database, new_request("3", idempotency=sdk_retry(1), now=NOON + 600)).kind == "begun"
    )


def test_a_retry_of_a_request_that_never_arrived_begins(database: MemoryDatabase) -> None:
    assert begin(database, new_request("1", idempotency=sdk_retry(1))).kind == "begun"
    assert id_of(begin(database, new_request("2", idempotency=sdk_retry(2)))) == "1"
