"""A request begins, ends, is replayed or recovered."""

from dataclasses import replace

from easel.ledger.history import get_image
from easel.ledger.messages import Budget, Price
from easel.ledger.records import ModelUsage
from easel.ledger.requests import begin, end, find_lost, forget_answers, renew
from easel.ledger.usage import total_usage
from easel.ledger.verdicts import Answered, Begun, Lost, RateLimited, Stored
from easel.limits import ANSWER_KEPT_SECONDS
from support.ledger import MemoryDatabase
from support.ledger_messages import NOON, WITH_KEY, id_of, image, new_request, outcome


def test_a_request_that_ends_after_its_recovery_is_counted_once(
    database: MemoryDatabase,
) -> None:
    begin(database, new_request("1"))
    guess = ModelUsage("openai", "m", requests=1, errors=1, nanodollars=7, counted=1)
    end(database, outcome("1", spent=(guess,), answer="unknown", is_guess=True))
    truth = ModelUsage("openai", "m", requests=1, images=1, nanodollars=5, counted=1)
    end(database, outcome("1", spent=(truth,), answer="made"))
    [total] = total_usage(database, "2026-11-27", "2026-11-27", "model")
    assert (total.requests, total.images, total.errors, total.nanodollars) == (1, 1, 0, 5)
    assert database.query("SELECT * FROM requests") == []


def test_every_key_has_its_own_rate_limit(database: MemoryDatabase) -> None:
    verdicts = [begin(database, new_request(str(n), requests_per_minute=2)) for n in range(3)]
    assert [verdict.kind for verdict in verdicts] == ["begun", "begun", "rate_limited"]
    assert verdicts[2] == RateLimited(until=NOON + 60)
    later = new_request("4", requests_per_minute=2, now=NOON + 60)
    assert begin(database, later).kind == "begun"
    assert begin(database, new_request("5", owner="other", requests_per_minute=2)).kind == "begun"


def test_a_request_with_an_idempotency_key_begins_once(database: MemoryDatabase) -> None:
    assert begin(database, new_request("1", idempotency=WITH_KEY)).kind == "begun"
    assert begin(database, new_request("2", idempotency=WITH_KEY)).kind == "running"
    end(database, outcome("1", answer="{}"))
    again = begin(database, new_request("3", idempotency=WITH_KEY))
    assert again == Answered("1", "{}")


def test_an_idempotency_key_belongs_to_one_api_key(database: MemoryDatabase) -> None:
    begin(database, new_request("1", idempotency=WITH_KEY))
    assert begin(database, new_request("2", owner="other", idempotency=WITH_KEY)).kind == "begun"


def test_an_idempotency_key_cannot_be_used_for_another_request(database: MemoryDatabase) -> None:
    begin(database, new_request("1", idempotency=WITH_KEY))
    other = replace(WITH_KEY, fingerprint="another")
    assert begin(database, new_request("2", idempotency=other)).kind == "conflict"


def test_a_request_that_failed_without_cost_may_begin_again(database: MemoryDatabase) -> None:
    begin(database, new_request("1", idempotency=WITH_KEY))
    end(database, outcome("1", state="failed", answer=None))
    assert begin(database, new_request("2", idempotency=WITH_KEY)).kind == "begun"


def test_a_stored_answer_is_kept_for_a_day(database: MemoryDatabase) -> None:
    begin(database, new_request("1", idempotency=WITH_KEY))
    end(database, outcome("1", answer="{}"))
    late = NOON + ANSWER_KEPT_SECONDS
    assert begin(database, new_request("2", idempotency=WITH_KEY, now=late)).kind == "answered"
    assert begin(database, new_request("3", idempotency=WITH_KEY, now=late + 2)).kind == "begun"
    forget_answers(database, NOON + 2)
    assert id_of(begin(database, new_request("4", idempotency=WITH_KEY))) == "3"


def test_a_request_with_an_expired_lease_is_lost_and_does_not_begin_again(
    database: MemoryDatabase,
) -> None:
    begin(database, new_request("1", images=2, idempotency=WITH_KEY, price=Price(each=7)))
    assert renew(database, "1", NOON + 100)
    assert begin(database, new_request("2", idempotency=WITH_KEY, now=NOON + 99)).kind == "running"
    verdict = begin(database, new_request("3", idempotency=WITH_KEY, now=NOON + 101))
    assert isinstance(verdict, Lost)
    assert (verdict.request.images, verdict.request.nanodollars) == (2, 14)
    assert [one.id for one in find_lost(database, NOON + 101, 10)] == ["1"]
    assert find_lost(database, NOON + 99, 10) == []


def test_a_recovered_outcome_does_not_replace_the_real_one(
    database: MemoryDatabase,
) -> None:
    begin(database, new_request("1", idempotency=WITH_KEY))
    spent = (ModelUsage("openai", "m", requests=1, images=1, nanodollars=5),)
    end(database, outcome("1", spent=spent, answer="made"))
    guess = outcome("1", spent=spent, images=(image("a"),), answer="unknown", is_guess=True)
    end(database, guess)
    assert begin(database, new_request("2", idempotency=WITH_KEY)) == Answered("1", "made")
    [total] = total_usage(database, "2026-11-27", "2026-11-27", "model")
    assert total.nanodollars == 5
    assert get_image(database, "ci", "a") is not None


def test_the_real_outcome_replaces_a_recovered_one(
    database: MemoryDatabase,
) -> None:
    begin(database, new_request("1", idempotency=WITH_KEY))
    end(database, outcome("1", answer="unknown", is_guess=True))
    end(database, outcome("1", answer="made"))
    assert begin(database, new_request("2", idempotency=WITH_KEY)) == Answered("1", "made")


def test_an_equal_request_gets_the_stored_images(database: MemoryDatabase) -> None:
    begin(
        database,
        new_request("1", alike=("x", "y"), images=2, price=Price(5, whole=Budget(images=2))),
    )
    end(database, outcome("1", images=(image("a", print_="x"), image("b", print_="y"))))
    verdict = begin(database, new_request("2", alike=("x", "y"), images=2))
    assert isinstance(verdict, Stored)
    assert [one.id for one in verdict.stored] == ["a", "b"]
    [total] = total_usage(database, "2026-11-27", "2026-11-27", "model")
    assert (total.requests, total.images) == (1, 0)
    assert begin(database, new_request("3", owner="other", alike=("x",))).kind == "begun"


def test_only_the_missing_images_of_an_equal_request_are_charged(database: MemoryDatabase) -> None:
    end(database, outcome("0", images=(image("a", print_="x"),)))
    price = Price(5, whole=Budget(images=1))
    verdict = begin(database, new_request("1", alike=("x", "y"), images=2, price=price))
    assert isinstance(verdict, Begun)
    assert [one.id for one in verdict.stored] == ["a"]


def test_equal_requests_at_the_same_time_wait_for_the_first(database: MemoryDatabase) -> None:
    assert begin(database, new_request("1", alike=("x",))).kind == "begun"
    assert begin(database, new_request("2", alike=("x",))).kind == "running"
    end(database, outcome("1", state="failed"))
    assert begin(database, new_request("2", alike=("x",))).kind == "begun"
