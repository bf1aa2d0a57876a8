"""The ledger in memory: the real functions on Python's own SQLite."""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from easel.errors import LedgerError
from easel.ledger.calls import Operation, P, T, perform, read_result, write_call
from easel.ledger.database import Row, Statement, Value, prepare


@dataclass
class MemoryDatabase:
    """A `ledger.Database` in memory."""

    connection: sqlite3.Connection = field(
        # The thread that collects garbage, which may be another, closes it.
        default_factory=lambda: sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
    )

    def __post_init__(self) -> None:
        prepare(self)

    def query(self, sql: str, *values: Value) -> list[Row]:
        return [list(row) for row in self.connection.execute(sql, values).fetchall()]

    def run(self, statements: Sequence[Statement]) -> None:
        for sql, values in statements:
            self.query(sql, *values)

    def __del__(self) -> None:
        self.connection.close()


@dataclass
class MemoryLedger:
    """A ledger that is called through JSON like the real one; `fails` makes it unreachable."""

    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    operations: list[str] = field(default_factory=list)
    fails: bool = False

    async def __call__(
        self, operation: Operation[P, T], *arguments: P.args, **named: P.kwargs
    ) -> T:
        assert not named
        # Other tasks run meanwhile, as during a real network call.
        await asyncio.sleep(0)
        if self.fails:
            raise LedgerError("easel's ledger cannot be reached.")
        name, text = write_call(operation, arguments)
        self.operations.append(name)
        return read_result(operation, perform(self.database, name, text))
