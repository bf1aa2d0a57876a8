"""Limits of numbers."""

# The largest integer that JavaScript, and therefore JSON on its way to a provider, keeps exact.
# https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/Number/MAX_SAFE_INTEGER
MAX_SAFE_INTEGER = 2**53 - 1
