"""The ledger's Durable Object, and calls to it.

https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from pyodide.ffi import JsException

from easel.errors import LedgerError
from easel.ledger.calls import Ledger, Operation, P, T, perform, read_result, write_call
from easel.ledger.database import Row, Statement, Value, prepare
from easel.runtime.bridge import script

# The Worker has one object: a budget of the whole Worker must be counted in one place.
_NAME = "ledger"


class SqlStorage:
    """Implement `ledger.database.Database` with the storage of a Durable Object."""

    def __init__(self, storage: Any) -> None:
        self._sql = storage.sql

    def query(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement."""
        rows: list[Row] = json.loads(script("ledger.js").query(self._sql, sql, json.dumps(values)))
        return rows

    def run(self, statements: Sequence[Statement]) -> None:
        """Run several statements with one call of JavaScript."""
        script("ledger.js").run(self._sql, json.dumps(statements))


class LedgerObject:
    """The code that runs in the Durable Object."""

    def __init__(self, storage: Any) -> None:
        self._database = SqlStorage(storage)
        self._is_prepared = False

    def call(self, name: str, arguments: str) -> str:
        """Perform one call without awaiting, so that no other call of the object interleaves."""
        if not self._is_prepared:
            prepare(self._database)
            self._is_prepared = True
        return perform(self._database, name, arguments)


def ledger_of(namespace: Callable[[], Any]) -> Ledger:
    """Return the ledger whose Durable Object has the binding that `namespace` returns."""

    async def call(operation: Operation[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        assert not named
        name, text = write_call(operation, arguments)
        try:
            answer = await script("ledger.js").callLedger(namespace(), _NAME, name, text)
        except JsException as error:
            raise LedgerError("easel's ledger cannot be reached.") from error
        return read_result(operation, str(answer))

    return call
