"""Jobs in the ledger."""

from easel.ledger.background import cancel_background, claim_background, find_background
from easel.ledger.messages import Budget, Price
from easel.ledger.requests import begin, end, renew
from easel.ledger.verdicts import Queued
from support.ledger import MemoryDatabase
from support.ledger_messages import NOON, WITH_KEY, new_request, outcome


def test_a_job_is_claimed_once(database: MemoryDatabase) -> None:
    begin(database, new_request("1", stored="plan"))
    found = find_background(database, "ci", "1", NOON)
    assert found is not None
    assert (found.state, found.stored) == ("queued", "plan")
    claimed = claim_background(database, "1", NOON, 60)
    assert claimed is not None
    assert claimed.state == "queued"
    again = claim_background(database, "1", NOON + 1, 60)
    assert again is not None
    assert (again.state, again.is_alive) == ("running", True)
    expired = claim_background(database, "1", NOON + 61, 60)
    assert expired is not None
    assert not expired.is_alive
    assert claim_background(database, "2", NOON, 60) is None


def test_the_jobs_of_another_key_are_not_found(database: MemoryDatabase) -> None:
    begin(database, new_request("1", stored="plan"))
    begin(database, new_request("2"))
    assert find_background(database, "other", "1", NOON) is None
    assert cancel_background(database, "other", "1", NOON, "{}") is None
    assert find_background(database, "ci", "2", NOON) is None


def test_a_queued_job_is_cancelled_immediately(database: MemoryDatabase) -> None:
    price = Price(5, whole=Budget(images=1))
    begin(database, new_request("1", stored="plan", price=price))
    task = cancel_background(database, "ci", "1", NOON + 1, "off")
    assert task is not None
    assert (task.state, task.answer, task.stored) == ("cancelled", "off", None)
    assert begin(database, new_request("2", price=price)).kind == "begun"


def test_a_running_job_is_asked_to_stop(database: MemoryDatabase) -> None:
    begin(database, new_request("1", stored="plan"))
    claim_background(database, "1", NOON, 60)
    assert renew(database, "1", NOON + 60)
    task = cancel_background(database, "ci", "1", NOON + 1, "off")
    assert task is not None
    assert task.state == "cancelling"
    assert not renew(database, "1", NOON + 120)
    end(database, outcome("1", state="completed", answer="done"))
    done = find_background(database, "ci", "1", NOON)
    assert done is not None
    assert (done.state, done.answer) == ("completed", "done")


def test_a_job_is_found_by_its_idempotency_key(database: MemoryDatabase) -> None:
    begin(database, new_request("1", stored="plan", idempotency=WITH_KEY))
    again = begin(database, new_request("2", stored="plan", idempotency=WITH_KEY))
    assert again == Queued("1")
