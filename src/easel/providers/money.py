"""What a provider says that it charged."""

from sys import float_info


def usd(amount: object, *, of_a_dollar: int = 1) -> float | None:
    """An amount out of an answer, in USD; None where it is no amount.

    Args:
        amount: a number that is finite and not negative, or something else.
        of_a_dollar: how many of the provider's own units are one USD.
    """
    if isinstance(amount, bool) or not isinstance(amount, (int, float)):
        return None
    # Nothing compares with what is not a number.
    return amount / of_a_dollar if 0 <= amount <= float_info.max else None


def usd_from_text(text: str | None) -> float | None:
    """An amount in USD out of a header, likewise."""
    try:
        return None if text is None else usd(float(text))
    except ValueError:
        return None
