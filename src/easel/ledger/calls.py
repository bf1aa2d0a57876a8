"""Remote calls of the ledger: the name of a function of this package, and JSON."""

from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, get_type_hints

from pydantic import TypeAdapter

from easel.ledger.background import (
    cancel_background,
    claim_background,
    find_background,
    find_unclaimed,
)
from easel.ledger.database import Database
from easel.ledger.history import forget_image, forget_older, get_image, list_images
from easel.ledger.idempotency import find_answered
from easel.ledger.requests import begin, end, find_lost, forget_answers, hold, renew
from easel.ledger.retries import exchange
from easel.ledger.upkeep import check, get_or_create_secret
from easel.ledger.usage import total_usage

P = ParamSpec("P")
T = TypeVar("T")

Operation = Callable[Concatenate[Database, P], T]

# The functions that can be called from outside the Durable Object.
_OPERATIONS: Mapping[str, Operation[..., Any]] = {
    one.__name__: one
    for one in (
        begin,
        cancel_background,
        check,
        claim_background,
        end,
        exchange,
        find_answered,
        find_lost,
        find_background,
        find_unclaimed,
        forget_answers,
        forget_image,
        forget_older,
        get_image,
        hold,
        get_or_create_secret,
        list_images,
        renew,
        total_usage,
    )
}


class Ledger(Protocol):
    """A client of the ledger."""

    async def __call__(
        self, operation: Operation[P, T], *arguments: P.args, **named: P.kwargs
    ) -> T:
        """Run a function of this package on the database and return its result.

        Raises:
            LedgerError: the ledger cannot be reached, or failed.
        """
        ...


def _read_types(operation: Operation[..., Any]) -> tuple[TypeAdapter[Any], TypeAdapter[Any]]:
    """The types of a function's arguments, without the database, and of its result."""
    hints = get_type_hints(operation, include_extras=True)
    result = hints.pop("return")
    _, *given = hints.values()
    return TypeAdapter(tuple[tuple(given)]), TypeAdapter(result)  # type: ignore[misc, arg-type]


# At import, so that they are in the memory snapshot from which Cloudflare starts Workers.
_TYPES = {name: _read_types(operation) for name, operation in _OPERATIONS.items()}


def write_call(operation: Operation[..., Any], arguments: tuple[object, ...]) -> tuple[str, str]:
    """Encode a call: the name of the function, and its arguments as JSON."""
    given, _ = _TYPES[operation.__name__]
    return operation.__name__, given.dump_json(arguments).decode()


def perform(database: Database, name: str, arguments: str) -> str:
    """Run an encoded call; returns the result as JSON.

    Raises:
        KeyError: there is no such function.
        ValueError: the arguments have the wrong types.
    """
    operation = _OPERATIONS[name]
    given, result = _TYPES[name]
    answer = operation(database, *given.validate_json(arguments))
    return result.dump_json(answer).decode()


def read_result(operation: Operation[P, T], answer: str) -> T:
    """Decode the result of a call."""
    _, result = _TYPES[operation.__name__]
    read: T = result.validate_json(answer)
    return read
