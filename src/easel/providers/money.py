"""What a provider says that it charged."""

# No call costs more. A larger amount is a mistake, and would use up a budget or overflow its sum.
MOST_USD = 10_000


def usd(amount: object, *, of_a_dollar: int = 1) -> float | None:
    """An amount out of an answer, in USD; None where it is no amount, or more than $10,000.

    Args:
        amount: any JSON value.
        of_a_dollar: how many of the provider's own units are one USD.
    """
    if isinstance(amount, bool) or not isinstance(amount, (int, float)):
        return None
    # Compared before the division, which overflows for large integers. NaN compares with nothing.
    return amount / of_a_dollar if 0 <= amount <= MOST_USD * of_a_dollar else None


def usd_from_text(text: str | None) -> float | None:
    """An amount in USD out of a header, likewise."""
    try:
        return None if text is None else usd(float(text))
    except ValueError:
        return None
