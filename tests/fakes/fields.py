"""Strict validation of parameters: names, types and ranges."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

from fakes.answers import Answer, RefusedError

Invalid = Callable[[str, str, str], Answer]


def parse_size(text: str) -> tuple[int, int] | None:
    """The numbers of `WIDTHxHEIGHT`."""
    width, _, height = text.partition("x")
    if width.isdecimal() and height.isdecimal():
        return int(width), int(height)
    return None


class Fields:
    """The parameters of one request.

    Codes and messages are OpenAI's, which many providers have adopted.

    Args:
        values: by name. Numbers and booleans of a form are text.
        invalid: builds the provider's answer from a parameter, a code and a message.
        known: the accepted names; any other is refused.
        is_form: whether the values come from a form.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        invalid: Invalid,
        known: Collection[str],
        *,
        is_form: bool = False,
    ) -> None:
        self._values = values
        self._invalid = invalid
        self._is_form = is_form
        for name in values:
            if name not in known:
                raise self.refused(name, "unknown_parameter", f"Unknown parameter: '{name}'.")

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def refused(self, name: str, code: str, message: str) -> RefusedError:
        """The exception that refuses a parameter."""
        return RefusedError(self._invalid(name, code, message))

    def raw(self, name: str) -> Any:
        """The unchecked value, or None."""
        return self._values.get(name)

    def text(self, name: str, *, longest: int | None = None) -> str | None:
        """A string that is not empty."""
        value: str | None = self._typed(name, str, "a string")
        if value is None:
            return None
        if not value:
            raise self.refused(
                name,
                "string_below_min_length",
                f"Invalid '{name}': empty string. Expected a string with minimum length 1.",
            )
        if longest is not None and len(value) > longest:
            raise self.refused(
                name,
                "string_above_max_length",
                f"Invalid '{name}': string too long. Expected a string with maximum length "
                f"{longest}, but got a string with length {len(value)} instead.",
            )
        return value

    def needed_text(self, name: str, *, longest: int | None = None) -> str:
        """A required string."""
        value = self.text(name, longest=longest)
        if value is None:
            raise self.refused(
                name, "missing_required_parameter", f"Missing required parameter: '{name}'."
            )
        return value

    def integer(self, name: str, low: int, high: int) -> int | None:
        """A whole number within a range."""
        value = self.raw(name)
        if self._is_form and isinstance(value, str) and value.removeprefix("-").isdecimal():
            value = int(value)
        if value is None and name not in self:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong_type(name, "an integer", value)
        self._check_range(name, value, low, high)
        return value

    def number(self, name: str, low: float, high: float) -> float | None:
        """A number within a range."""
        value = self.raw(name)
        if self._is_form and isinstance(value, str):
            with suppress(ValueError):
                value = float(value)
        if value is None and name not in self:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._wrong_type(name, "a number", value)
        self._check_range(name, value, low, high)
        return value

    def boolean(self, name: str) -> bool:
        """True or false; false if it is missing."""
        if self._is_form:
            return self.choice(name, ("true", "false")) == "true"
        return bool(self._typed(name, bool, "a boolean"))

    def choice(self, name: str, options: Collection[str]) -> str | None:
        """One of some strings."""
        value: str | None = self._typed(name, str, "a string")
        if value is not None and value not in options:
            raise self.refused(name, "invalid_value", _supported(value, options))
        return value

    def texts(self, name: str, most: int) -> list[str]:
        """A list of strings; empty if it is missing."""
        value: list[Any] = self._typed(name, list, "an array of strings") or []
        if not all(isinstance(item, str) and item for item in value):
            raise self._wrong_type(name, "an array of strings", value)
        if len(value) > most:
            raise self.refused(
                name,
                "array_above_max_length",
                f"Invalid '{name}': array too long. Expected an array with maximum length "
                f"{most}, but got an array with length {len(value)} instead.",
            )
        return value

    def _typed(self, name: str, kind: type, words: str) -> Any:
        value = self.raw(name)
        if name in self and not isinstance(value, kind):
            raise self._wrong_type(name, words, value)
        return value

    def _wrong_type(self, name: str, expected: str, value: object) -> RefusedError:
        return self.refused(
            name,
            "invalid_type",
            f"Invalid type for '{name}': expected {expected}, but got {value!r} instead.",
        )

    def _check_range(self, name: str, value: float, low: float, high: float) -> None:
        if value < low:
            raise self.refused(
                name,
                "integer_below_min_value",
                f"Invalid '{name}': integer below minimum value. Expected a value >= {low}, but "
                f"got {value} instead.",
            )
        if value > high:
            raise self.refused(
                name,
                "integer_above_max_value",
                f"Invalid '{name}': integer above maximum value. Expected a value <= {high}, but "
                f"got {value} instead.",
            )


def _supported(value: str, options: Collection[str]) -> str:
    *others, last = (f"'{option}'" for option in options)
    words = f"{', '.join(others)}, and {last}" if others else last
    return f"Invalid value: '{value}'. Supported values are: {words}."
