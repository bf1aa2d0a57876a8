"""Query strings."""

from collections.abc import Sequence
from urllib.parse import unquote

from easel.errors import InvalidValueError, UnsupportedParameterError
from easel.wire.requests import shown


def read_query(query: str, known: Sequence[str], what: str = "This route") -> dict[str, str]:
    """Parse a query string; a plus is not decoded to a space.

    Args:
        query: percent-encoded, without the question mark.
        known: names of the parameters that are allowed; at least two.
        what: subject of the error message.

    Raises:
        UnsupportedParameterError: a parameter is not allowed.
        InvalidValueError: a parameter appears twice.
    """
    texts: dict[str, str] = {}
    for part in query.split("&") if query else ():
        name, _, text = (unquote(side) for side in part.partition("="))
        if name not in known:
            raise UnsupportedParameterError(
                f"{what} has no query parameter {shown(name)}. It has {', '.join(known[:-1])} and "
                f"{known[-1]}.",
                param=name,
            )
        if name in texts:
            raise InvalidValueError(
                f"Invalid value for '{name}': expected one value, got several.", param=name
            )
        texts[name] = text
    return texts
