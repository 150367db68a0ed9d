"""How does the writer speak to PostgreSQL? By asyncpg itself, on a connection that it keeps.

SQLAlchemy's way from the pool through two statements to the commit takes 1.5 ms of processor time, asyncpg's 0.5 ms; at
the peak a group has ten extracts of 0.4 ms each.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from qof_ingest.handlers.ports import UnavailableError
from qof_shared.db.engine import is_unavailable


class Row(asyncpg.Record):
    """A row whose columns are attributes, as SQLAlchemy's are."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


class DriverConnection:
    """asyncpg's connection under the name of the one method of SQLAlchemy's that a batch of SQL needs."""

    def __init__(self, connection: "asyncpg.Connection[Row]") -> None:
        self._connection = connection

    async def exec_driver_sql(self, statement: str, arguments: Sequence[object] = ()) -> list[Row]:
        return await self._connection.fetch(statement, *arguments, record_class=Row)


class WriterConnection:
    """One connection of the engine's pool, taken when it is first needed and again after a failure."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._held: AsyncConnection | None = None

    @asynccontextmanager
    async def transaction(self, *, shared_locks: Iterable[int] = ()) -> AsyncIterator[DriverConnection]:
        """Commits at its end. Whatever fails costs the connection: nobody waits for a roll-back on a dead one.

        With these advisory locks shared until then; they travel with the `BEGIN`, at the cost of no statement.
        Raises UnavailableError where the database is away.
        """
        locks = "".join(f"; SELECT pg_advisory_xact_lock_shared({key:d})" for key in shared_locks)
        try:
            connection = await self._driver_connection()
            await connection.execute(f"BEGIN{locks}")
            yield DriverConnection(connection)
            await connection.execute("COMMIT")
        except BaseException as error:
            await self._give_up()
            if isinstance(error, Exception) and is_unavailable(error):
                raise UnavailableError(f"{type(error).__name__}: {error}") from error
            raise

    async def close(self) -> None:
        """Give the connection back to the pool."""
        held, self._held = self._held, None
        if held is not None:
            await held.close()

    async def _driver_connection(self) -> "asyncpg.Connection[Row]":
        if self._held is None:
            self._held = await self._engine.connect()
        connection: asyncpg.Connection[Row] | None = (await self._held.get_raw_connection()).driver_connection
        assert connection is not None, "the pool has just opened it"
        return connection

    async def _give_up(self) -> None:
        if self._held is not None:
            await self._held.invalidate()
            await self.close()
