"""Token counts that providers report, as the response repeats them."""

import pytest

from easel.wire.usage import add_usage, no_usage, token_count


@pytest.mark.parametrize("value", [0, 7, 7.0, 10**9])
def test_a_whole_number_is_a_token_count(value: object) -> None:
    count = token_count({"n": value}, "n")
    assert count == value
    assert type(count) is int


@pytest.mark.parametrize(
    "value", [None, True, "7", -1, 0.5, 10**9 + 1, 10**400, 1e308, float("inf"), float("nan"), []]
)
def test_any_other_value_is_not_a_token_count(value: object) -> None:
    assert token_count({"n": value}, "n") is None


def test_an_implausible_token_count_is_reported_as_zero() -> None:
    usage = add_usage(
        {"total_tokens": 10**400, "input_tokens": -5, "output_tokens": True},
        {"total_tokens": 3, "input_tokens_details": {"text_tokens": 1e308, "image_tokens": 2}},
    )
    assert usage == {
        **no_usage(),
        "total_tokens": 3,
        "input_tokens_details": {"text_tokens": 0, "image_tokens": 2},
    }
