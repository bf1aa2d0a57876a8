"""Numbers that are valid JSON but do not fit into a double."""

from math import isfinite


def is_finite(value: object) -> bool:
    """Whether every number in a JSON value is finite: parsers read `1e999` as infinity."""
    match value:
        case float():
            return isfinite(value)
        case list():
            return all(is_finite(one) for one in value)
        case dict():
            return all(is_finite(one) for one in value.values())
        case _:
            return True
