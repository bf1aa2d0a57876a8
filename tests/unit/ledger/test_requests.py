"""The rules of the ledger, on a database in memory."""

from dataclasses import replace

import pytest

from easel.ledger.background import cancel_background, claim_background, find_background
from easel.ledger.budgets import day_of
from easel.ledger.database import prepare
from easel.ledger.history import forget_image, forget_older, get_image, list_images
from easel.ledger.idempotency import KEPT_SECONDS
from easel.ledger.messages import Begin, Budget, End, Hold, Idempotency, Price
from easel.ledger.records import ImageRecord, Spent
from easel.ledger.requests import begin, end, find_lost, forget_answers, hold, renew
from easel.ledger.upkeep import keep_secret
from easel.ledger.usage import total_usage
from easel.ledger.verdicts import (
    Answered,
    Begun,
    Earlier,
    Lost,
    OverBudget,
    Queued,
    RateLimited,
    Stored,
)
from support.ledger import MemoryDatabase

NOON = 1_795_780_800.0
FREE = Price(each=0)
WITH_KEY = Idempotency("a", "print", is_named=True)


@pytest.fixture
def database() -> MemoryDatabase:
    return MemoryDatabase()


def new_request(name: str, **more: object) -> Begin:
    fields: dict[str, object] = {
        "id": name,
        "owner": "ci",
        "now": NOON,
        "lease": 60.0,
        "provider": "openai",
        "model": "m",
        "images": 1,
        "stem": "s",
        "price": FREE,
        **more,
    }
    return Begin(**fields)  # type: ignore[arg-type]


def outcome(name: str, **more: object) -> End:
    fields: dict[str, object] = {
        "id": name,
        "owner": "ci",
        "started": NOON,
        "now": NOON + 1,
        "state": "completed",
        **more,
    }
    return End(**fields)  # type: ignore[arg-type]


def image(name: str, owner: str = "ci", created: float = NOON, print_: str = "") -> ImageRecord:
    return ImageRecord(name, owner, created, f"images/{name}.png", "{}", print_ or None)


def reason_of(verdict: object) -> str:
    assert isinstance(verdict, OverBudget)
    return verdict.reason


def id_of(verdict: object) -> str | None:
    assert isinstance(verdict, Earlier)
    return verdict.id


# Budgets


def test_a_budget_can_be_spent_completely(database: MemoryDatabase) -> None:
    price = Price(each=633_600, whole=Budget(nanodollars=6_336_000))
    kinds = [begin(database, new_request(str(number), price=price)).kind for number in range(12)]
    assert kinds == ["begun"] * 10 + ["over_budget"] * 2


def test_the_unspent_part_of_a_hold_is_released(database: MemoryDatabase) -> None:
    price = Price(each=5, own=Budget(images=1))
    assert begin(database, new_request("1", price=price)).kind == "begun"
    assert reason_of(begin(database, new_request("2", price=price))) == "own_images"
    end(database, outcome("1"))
    assert begin(database, new_request("3", price=price)).kind == "begun"


def test_the_spent_part_of_a_hold_stays_spent_until_the_next_day(database: MemoryDatabase) -> None:
    price = Price(each=5, own=Budget(nanodollars=9))
    begin(database, new_request("1", price=price))
    end(database, outcome("1", spent=(Spent("openai", "m", nanodollars=5),)))
    verdict = begin(database, new_request("2", price=price))
    assert verdict == OverBudget("own_usd", until=NOON + 12 * 3600)
    assert begin(database, new_request("3", owner="other", price=price)).kind == "begun"


def test_every_day_has_its_own_budget(database: MemoryDatabase) -> None:
    price = Price(each=5, whole=Budget(images=1))
    begin(database, new_request("1", price=price))
    assert begin(database, new_request("2", price=price, now=NOON + 12 * 3600)).kind == "begun"


def test_a_request_that_exceeds_the_remaining_budget_is_refused_completely(
    database: MemoryDatabase,
) -> None:
    price = Price(each=None, whole=Budget(images=3))
    assert begin(database, new_request("1", images=2, price=price)).kind == "begun"
    assert reason_of(begin(database, new_request("2", images=2, price=price))) == "images"
    assert begin(database, new_request("3", images=1, price=price)).kind == "begun"


def test_a_request_of_unknown_price_needs_a_budget_in_images(database: MemoryDatabase) -> None:
    dollars = Budget(nanodollars=10**9)
    assert (
        reason_of(begin(database, new_request("1", price=Price(None, whole=dollars)))) == "unpriced"
    )
    bounded = Price(None, whole=Budget(nanodollars=10**9, images=1))
    assert begin(database, new_request("2", price=bounded)).kind == "begun"
    assert reason_of(begin(database, new_request("3", price=bounded))) == "images"


def test_a_request_of_unknown_price_is_refused_once_the_dollars_are_spent(
    database: MemoryDatabase,
) -> None:
    price = Price(None, whole=Budget(nanodollars=10, images=9))
    begin(database, new_request("1", price=price))
    end(database, outcome("1", spent=(Spent("openai", "m", nanodollars=10),)))
    assert reason_of(begin(database, new_request("2", price=price))) == "usd"


def test_free_models_are_allowed_after_the_dollars_are_spent(database: MemoryDatabase) -> None:
    nothing = Budget(nanodollars=0)
    assert begin(database, new_request("1", price=Price(0, whole=nothing))).kind == "begun"
    assert reason_of(begin(database, new_request("2", price=Price(1, whole=nothing)))) == "usd"


def test_a_request_that_the_caller_pays_counts_against_no_budget(database: MemoryDatabase) -> None:
    none = Budget(nanodollars=0, images=0)
    price = Price(each=5, is_counted=False, own=none, whole=none)
    assert begin(database, new_request("1", price=price)).kind == "begun"


def test_a_fallback_model_must_fit_into_the_remaining_budget(database: MemoryDatabase) -> None:
    budget = Budget(nanodollars=100)
    begin(database, new_request("1", price=Price(40, whole=budget)))
    begin(database, new_request("2", price=Price(40, whole=budget)))
    wanted = Hold(
        "1", "ci", NOON, NOON, spent=0, counted=0, images=1, price=Price(60, whole=budget)
    )
    assert hold(database, wanted) is None
    assert reason_of(hold(database, replace(wanted, spent=1))) == "usd"
    assert reason_of(begin(database, new_request("3", price=Price(1, whole=budget)))) == "usd"


@pytest.mark.parametrize(
    "later", [Price(None, whole=Budget(10**6, images=9)), Price(5, is_counted=False)]
)
def test_the_amount_spent_so_far_stays_held_during_a_fallback_of_no_known_cost(
    database: MemoryDatabase, later: Price
) -> None:
    budget = Budget(nanodollars=100)
    begin(database, new_request("1", price=Price(60, whole=budget)))
    hold(database, Hold("1", "ci", NOON, NOON, spent=60, counted=1, images=1, price=later))
    assert reason_of(begin(database, new_request("2", price=Price(60, whole=budget)))) == "usd"
    assert begin(database, new_request("3", price=Price(40, whole=budget))).kind == "begun"


def test_a_request_that_ends_after_its_recovery_is_counted_once(
    database: MemoryDatabase,
) -> None:
    begin(database, new_request("1"))
    guess = Spent("openai", "m", requests=1, errors=1, nanodollars=7, counted=1)
    end(database, outcome("1", spent=(guess,), answer="unknown", is_guess=True))
    truth = Spent("openai", "m", requests=1, images=1, nanodollars=5, counted=1)
    end(database, outcome("1", spent=(truth,), answer="made"))
    [total] = total_usage(database, "2026-11-27", "2026-11-27", "model")
    assert (total.requests, total.images, total.errors, total.nanodollars) == (1, 1, 0, 5)
    assert database.query("SELECT * FROM requests") == []


def test_a_database_of_an_earlier_version_gets_the_missing_columns() -> None:
    database = MemoryDatabase()
    for column in ("client", "is_watched", "is_left", "unpriced", "guess"):
        database.query(f"ALTER TABLE requests DROP COLUMN {column}")
    prepare(database)
    assert begin(database, new_request("1", idempotency=sdk_retry(0))).kind == "begun"


def test_every_key_has_its_own_rate_limit(database: MemoryDatabase) -> None:
    verdicts = [begin(database, new_request(str(n), requests_per_minute=2)) for n in range(3)]
    assert [verdict.kind for verdict in verdicts] == ["begun", "begun", "rate_limited"]
    assert verdicts[2] == RateLimited(until=NOON + 60)
    later = new_request("4", requests_per_minute=2, now=NOON + 60)
    assert begin(database, later).kind == "begun"
    assert begin(database, new_request("5", owner="other", requests_per_minute=2)).kind == "begun"


# Idempotency and retries


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
    late = NOON + KEPT_SECONDS
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
    spent = (Spent("openai", "m", requests=1, images=1, nanodollars=5),)
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


def sdk_retry(retries: int) -> Idempotency:
    return Idempotency("print", "print", is_named=False, retries=retries)


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


# Equal requests


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


# Jobs


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


# History and usage


def test_images_are_listed_in_pages_with_the_newest_first(database: MemoryDatabase) -> None:
    end(database, outcome("1", images=tuple(image(str(n)) for n in range(5))))
    end(database, outcome("2", owner="other", images=(image("x", "other"),)))
    first = list_images(database, "ci", 3, None, 0)
    assert [one.id for one in first or []] == ["4", "3", "2"]
    assert [one.id for one in list_images(database, "ci", 3, "2", 0) or []] == ["1", "0"]
    assert list_images(database, "ci", 3, "x", 0) is None
    assert list_images(database, "ci", 3, None, NOON + 1) == []


def test_the_images_of_another_key_are_neither_found_nor_deleted(database: MemoryDatabase) -> None:
    end(database, outcome("1", images=(image("a"),)))
    assert get_image(database, "other", "a") is None
    forget_image(database, "other", "a")
    assert get_image(database, "ci", "a") == image("a")
    forget_image(database, "ci", "a")
    assert get_image(database, "ci", "a") is None


def test_an_image_is_recorded_once(database: MemoryDatabase) -> None:
    for name in ("1", "2"):
        end(database, outcome(name, images=(image("a"),)))
    assert len(list_images(database, "ci", 9, None, 0) or []) == 1


def test_old_records_are_deleted_in_bounded_steps(database: MemoryDatabase) -> None:
    images = tuple(image(str(n), created=NOON + n) for n in range(5))
    end(database, outcome("1", images=images))
    assert forget_older(database, NOON + 4, 3) == 3
    assert forget_older(database, NOON + 4, 3) == 1
    assert forget_older(database, NOON + 4, 3) == 0
    assert [one.id for one in list_images(database, "ci", 9, None, 0) or []] == ["4"]


def ids_after(database: MemoryDatabase, after: str, owner: str = "ci") -> list[str] | None:
    page = list_images(database, owner, 9, after, 0)
    return None if page is None else [one.id for one in page]


def test_a_page_can_follow_a_deleted_image(database: MemoryDatabase) -> None:
    end(database, outcome("1", images=tuple(image(str(n)) for n in range(5))))
    forget_image(database, "ci", "2")
    forget_image(database, "ci", "4")
    assert ids_after(database, "2") == ["1", "0"]
    assert ids_after(database, "4") == ["3", "1", "0"]


def test_a_page_can_follow_an_expired_image(database: MemoryDatabase) -> None:
    images = tuple(image(str(n), created=NOON + n) for n in range(5))
    end(database, outcome("1", images=images))
    forget_older(database, NOON + 3, 2)
    assert ids_after(database, "1") == []
    assert ids_after(database, "3") == ["2"]


def test_a_deleted_image_of_another_key_is_not_a_cursor(database: MemoryDatabase) -> None:
    end(database, outcome("1", images=(image("a"), image("b"))))
    forget_image(database, "other", "a")
    forget_image(database, "ci", "b")
    assert ids_after(database, "a", "other") is None
    assert ids_after(database, "b", "other") is None


def test_only_the_most_recently_deleted_images_are_cursors(
    database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("easel.ledger.history._CURSORS_KEPT", 2)
    end(database, outcome("1", images=tuple(image(str(n)) for n in range(4))))
    for name in ("1", "2", "3"):
        forget_image(database, "ci", name)
    assert [ids_after(database, name) for name in ("1", "2", "3")] == [None, ["0"], ["0"]]


@pytest.mark.parametrize(
    ("group_by", "names"),
    [
        ("model", ["m", "n"]),
        ("key", ["ci", "other"]),
        ("provider", ["fal", "openai"]),
        ("day", ["2026-11-27", "2026-11-28"]),
    ],
)
def test_usage_is_added_up_by_group(
    database: MemoryDatabase, group_by: str, names: list[str]
) -> None:
    one = Spent("openai", "m", requests=1, images=2, errors=1, nanodollars=7, unpriced=1)
    for name in ("1", "2", "3"):
        begin(database, new_request(name))
    end(database, outcome("1", spent=(one,)))
    end(database, outcome("2", spent=(one,)))
    other = Spent("fal", "n", requests=1, images=1, nanodollars=1)
    end(database, outcome("3", owner="other", started=NOON + 86400, spent=(other,)))
    totals = total_usage(database, "2026-11-27", "2026-11-28", group_by)  # type: ignore[arg-type]
    assert [total.name for total in totals] == names
    assert sum(total.images for total in totals) == 5
    assert sum(total.nanodollars for total in totals) == 15
    assert sum(total.requests for total in totals) == 3
    assert sum(total.errors for total in totals) == 2
    assert sum(total.unpriced for total in totals) == 2
    assert total_usage(database, "2026-11-29", "2026-12-30", "day") == []


def test_a_day_is_a_day_in_utc() -> None:
    assert day_of(NOON) == "2026-11-27"
    assert day_of(NOON + 12 * 3600 - 1) == "2026-11-27"
    assert day_of(NOON + 12 * 3600) == "2026-11-28"


def test_a_stored_secret_is_never_replaced(database: MemoryDatabase) -> None:
    assert keep_secret(database, "links", "first") == "first"
    assert keep_secret(database, "links", "second") == "first"
