"""What follows the question mark."""

from collections.abc import Sequence
from urllib.parse import unquote

from easel.errors import InvalidValueError, UnsupportedParameterError
from easel.wire.requests import shown


def read_query(query: str, known: Sequence[str], what: str = "This route") -> dict[str, str]:
    """The parameters of a query, by name. A plus stands for itself.

    Args:
        query: as it came.
        known: what may be in it.
        what: whatever takes it, as errors call it.

    Raises:
        UnsupportedParameterError: there is another one.
        InvalidValueError: there is one twice.
    """
    texts: dict[str, str] = {}
    for part in query.split("&") if query else ():
        name, _, text = (unquote(side) for side in part.partition("="))
        if name not in known:
            raise UnsupportedParameterError(
                f"{what} has no parameter {shown(name)}. It takes {', '.join(known[:-1])} and "
                f"{known[-1]}.",
                param=name,
            )
        if name in texts:
            raise InvalidValueError(
                f"Invalid value for '{name}': expected one, got several.", param=name
            )
        texts[name] = text
    return texts
