"""Limits of numbers."""

# The largest integer that JavaScript and JSON carry exactly, on the way to every provider.
# https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Global_Objects/Number/MAX_SAFE_INTEGER
MAX_SAFE_INTEGER = 2**53 - 1
