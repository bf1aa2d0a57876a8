"""Seeds that providers report with their images."""

import pytest

from easel.providers.pictures import seed_from


@pytest.mark.parametrize(
    ("value", "seed"), [(0, 0), (7.0, 7), ("7", 7), (2**53 - 1, 2**53 - 1), ("0" * 16, 0)]
)
def test_a_seed_is_a_whole_number_or_its_digits(value: object, seed: int) -> None:
    found = seed_from(value)
    assert (found, type(found)) == (seed, int)


@pytest.mark.parametrize(
    "value",
    [None, True, -1, 0.5, "x", "-1", "", "9" * 5000, 2**53, 10**400, 1e308, float("nan"), [7]],
)
def test_a_value_that_is_not_an_exact_json_integer_is_not_a_seed(value: object) -> None:
    assert seed_from(value) is None
