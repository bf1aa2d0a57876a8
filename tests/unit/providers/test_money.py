"""Amounts of money that providers report."""

import pytest

from easel.providers.money import usd, usd_from_text


def test_an_amount_is_converted_from_the_providers_unit() -> None:
    assert usd(40, per_usd=1000) == 0.04
    assert usd_from_text("0.5") == 0.5


def test_ten_thousand_dollars_is_the_greatest_plausible_amount() -> None:
    assert usd(10_000) == 10_000
    assert usd(1_000_000, per_usd=100) == 10_000


@pytest.mark.parametrize(
    "amount",
    [10_000.01, 1e308, 10**400, float("inf"), float("nan"), -0.01, -(10**400), True, "1", None],
)
def test_an_implausible_amount_is_ignored(amount: object) -> None:
    assert usd(amount) is None


@pytest.mark.parametrize("text", [None, "", "free", "1e308", "1e999", "nan", "-1", "9" * 5000])
def test_an_implausible_text_is_ignored(text: str | None) -> None:
    assert usd_from_text(text) is None
