"""Token counts, for providers that count tokens.

https://platform.openai.com/docs/api-reference/images/object#images/object-usage
"""

from collections.abc import Mapping

Usage = Mapping[str, object]

_COUNTS = ("total_tokens", "input_tokens", "output_tokens")
_DETAILS = ("text_tokens", "image_tokens")
_NEEDED = "input_tokens_details"

# More than any call needs. Sums stay far below the limits of JSON parsers and of the ledger's
# 64-bit integers.
_MOST_TOKENS = 10**9


def add_usage(one: Usage | None, other: Usage | None) -> Usage | None:
    """Add the usage of two calls, in the format of OpenAI's schema."""
    if one is None or other is None:
        only = other if one is None else one
        return only if only is None else _sum(only, {})
    return _sum(one, other)


def no_usage() -> Usage:
    """Zero counts, where OpenAI's schema requires usage and the provider reported none."""
    return _sum({}, {})


def token_count(counts: Mapping[str, object], name: str) -> int | None:
    """A token count from a provider; None if it is missing or not a valid count."""
    value = counts.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # Some JSON encoders write integers as floats. Comparisons with NaN are false.
    is_count = 0 <= value <= _MOST_TOKENS and value == int(value)
    return int(value) if is_count else None


def _sum(one: Usage, other: Usage) -> Usage:
    usage: dict[str, object] = {name: _count(one, name) + _count(other, name) for name in _COUNTS}
    for name in (_NEEDED, "output_tokens_details"):
        details = [part for part in (one.get(name), other.get(name)) if isinstance(part, Mapping)]
        if details or name == _NEEDED:
            usage[name] = {
                detail: sum(_count(part, detail) for part in details) for detail in _DETAILS
            }
    return usage


def _count(counts: Mapping[str, object], name: str) -> int:
    return token_count(counts, name) or 0
