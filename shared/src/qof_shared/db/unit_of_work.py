"""One transaction: inbox rows, state changes and outgoing events commit together or not at all."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from qof_shared.contracts import Event
from qof_shared.db.engine import is_unavailable
from qof_shared.db.messages import Outbox, keep_new
from qof_shared.messaging.consumer import Apply, DatabaseUnavailableError


class UnitOfWork:
    """A transaction as an async context manager. Rolls back unless `commit` was called.

    A service's subclass builds its repositories in `open_repositories`. Repositories never commit.
    """

    connection: AsyncConnection

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._stack = AsyncExitStack()
        self.outbox = Outbox()

    async def __aenter__(self) -> Self:
        self.connection = await self._stack.enter_async_context(self._engine.connect())
        await self.connection.begin()
        self.open_repositories()
        return self

    def open_repositories(self) -> None:
        """Build the repositories on `self.connection`; the base has none."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()  # closing a connection rolls an uncommitted transaction back

    async def keep_new(self, consumer: str, events: Sequence[Event]) -> list[Event]:
        """The events `consumer` has not handled before; from now on it has."""
        return await keep_new(self.connection, consumer, events)

    async def commit(self) -> None:
        """Write the outgoing events and commit everything."""
        await self.outbox.flush(self.connection)
        await self.connection.commit()


U = TypeVar("U", bound=UnitOfWork)

Handler = Callable[[Sequence[Event], U], Awaitable[None]]
"""Handles new events of one type within a unit of work; raises to have them retried or dead-lettered."""


def transactional(new_unit_of_work: Callable[[], U], handlers: Mapping[str, Handler[U]]) -> Apply:
    """Turn handlers (by event type) into what a consumer calls: one transaction per batch, inbox first."""

    async def apply(consumer: str, events: Sequence[Event]) -> None:
        try:
            async with new_unit_of_work() as uow:
                new = await uow.keep_new(consumer, events)
                for event_type, handler in handlers.items():
                    of_type = [event for event in new if event.name == event_type]
                    if of_type:
                        await handler(of_type, uow)
                await uow.commit()
        except Exception as error:
            if is_unavailable(error):
                raise DatabaseUnavailableError(f"{type(error).__name__}: {error}") from error
            raise

    return apply
