"""What follows the question mark, on routes that list."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from easel.errors import InvalidValueError, UnsupportedParameterError
from easel.wire.requests import shown


def read_query(query: str, known: Sequence[str]) -> dict[str, str]:
    """The parameters of a query, by name.

    Args:
        query: as it came.
        known: what the route takes.

    Raises:
        UnsupportedParameterError: there is another one.
        InvalidValueError: there is one twice.
    """
    texts: dict[str, str] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            raise UnsupportedParameterError(
                f"This route has no parameter {shown(name)}. It takes {', '.join(known)}.",
                param=name,
            )
        if name in texts:
            raise InvalidValueError(
                f"Invalid value for '{name}': expected one, got several.", param=name
            )
        texts[name] = text
    return texts
