"""Numbers that JSON can write but a double cannot hold."""

from math import isfinite


def is_finite(value: object) -> bool:
    """Whether every number in a JSON value is finite: `1e999` is read as infinity, `NaN` as NaN."""
    match value:
        case float():
            return isfinite(value)
        case list():
            return all(is_finite(one) for one in value)
        case dict():
            return all(is_finite(one) for one in value.values())
        case _:
            return True
