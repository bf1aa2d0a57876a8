"""The valid values of a model's inputs, as data."""

from collections.abc import Mapping

from fakes.fields import Fields

# A range (of integers if both ends are), choices, or a type.
Kind = tuple[float, float] | frozenset[str] | type

Kinds = Mapping[str, Kind]


def one_of(*choices: str) -> frozenset[str]:
    """A set of choices."""
    return frozenset(choices)


def check(fields: Fields, kinds: Kinds) -> None:
    """Validate every field.

    Raises:
        RefusedError: a value is not valid.
    """
    for name, kind in kinds.items():
        if kind is bool:
            fields.boolean(name)
        elif isinstance(kind, frozenset):
            fields.choice(name, sorted(kind))
        elif isinstance(kind, tuple):
            low, high = kind
            if isinstance(low, int) and isinstance(high, int):
                fields.integer(name, low, high)
            else:
                fields.number(name, low, high)
        elif name in fields and not isinstance(fields.raw(name), kind):
            raise fields.refused(name, f"{kind.__name__}_type", f"Input should be a {kind}")
