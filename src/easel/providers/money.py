"""The amount that a provider says it charged."""

# No call costs more. A larger amount is an error, and would use up a budget or overflow its sum.
MOST_USD = 10_000


def usd(amount: object, *, per_usd: int = 1) -> float | None:
    """An amount in an answer, in USD; None where it is not an amount, or more than $10,000.

    Args:
        amount: any JSON value.
        per_usd: the provider's own units in one USD.
    """
    if isinstance(amount, bool) or not isinstance(amount, (int, float)):
        return None
    # Compared before the division, which overflows for large integers. NaN fails the comparison.
    return amount / per_usd if 0 <= amount <= MOST_USD * per_usd else None


def usd_from_text(text: str | None) -> float | None:
    """An amount in USD in a header; None likewise."""
    try:
        return None if text is None else usd(float(text))
    except ValueError:
        return None
