"""Amounts of money in whole nanodollars, so that sums are exact."""

# In a US dollar.
NANODOLLARS = 10**9
_DIGITS = 9


def usd_text(nanodollars: int) -> str:
    """An amount in USD as plain decimals, such as `0.0006336`."""
    whole, rest = divmod(nanodollars, NANODOLLARS)
    return f"{whole}.{rest:0{_DIGITS}d}".rstrip("0").rstrip(".")
