"""Budgets are held when a request begins and settled when it ends."""

from dataclasses import replace

import pytest

from easel.ledger.budgets import day_of
from easel.ledger.messages import Budget, Hold, Price
from easel.ledger.records import ModelUsage
from easel.ledger.requests import begin, end, hold
from easel.ledger.verdicts import OverBudget
from support.ledger import MemoryDatabase
from support.ledger_messages import NOON, new_request, outcome, reason_of


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
    end(database, outcome("1", spent=(ModelUsage("openai", "m", nanodollars=5),)))
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
    end(database, outcome("1", spent=(ModelUsage("openai", "m", nanodollars=10),)))
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


def test_a_day_is_a_day_in_utc() -> None:
    assert day_of(NOON) == "2026-11-27"
    assert day_of(NOON + 12 * 3600 - 1) == "2026-11-27"
    assert day_of(NOON + 12 * 3600) == "2026-11-28"
