"""Transactions that take turns: every port call is a point where another transaction may go on instead.

The database in memory has no transactions at all. Here it gets what the handlers rely on in PostgreSQL: the lock of a
practice's row, held from where a handler takes it until its transaction ends. Without a lock the same turns show what
would go wrong, so that a test can prove that it would notice.
"""

import random
from collections.abc import Callable, Coroutine, Generator, Sequence
from types import TracebackType
from typing import Any, Self, cast

from qof_declarations.core.permissions import Scope
from qof_declarations.handlers.ports import PracticeKey, UnitOfWork
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_shared.contracts import Event


class _Turn:
    """Awaited where somebody else may go on."""

    def __await__(self) -> Generator[None, None, None]:
        yield


async def turn() -> None:
    """Let somebody else go on, or nobody."""
    await _Turn()


class RowLocks:
    """Who holds which practice's row."""

    def __init__(self, *, work: bool = True) -> None:
        self._work = work
        self._held: dict[PracticeKey, object] = {}

    async def take(self, keys: Sequence[PracticeKey], who: object) -> None:
        """Wait for each, in order."""
        for key in sorted(set(keys)):
            while self._work and self._held.get(key, who) is not who:
                await turn()
            self._held[key] = who

    def take_free(self, keys: Sequence[PracticeKey], who: object) -> list[PracticeKey]:
        """Those that nobody else holds."""
        free = [key for key in keys if not self._work or self._held.get(key, who) is who]
        self._held |= dict.fromkeys(free, who)
        return free

    def release(self, who: object) -> None:
        self._held = {key: holder for key, holder in self._held.items() if holder is not who}


class _Port:
    """A port whose every call is a turn, and whose locking calls wait for the rows they lock."""

    def __init__(self, port: Any, locking: dict[str, Callable[..., list[PracticeKey]]], lock: Any) -> None:
        self._port = port
        self._locking = locking
        self._lock = lock

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        async def call(*arguments: Any, **named: Any) -> Any:
            await turn()
            if name in self._locking:
                await self._lock(self._locking[name](*arguments))
            return await method(*arguments, **named)

        return call


def _of_halves(halves: Sequence[Any]) -> list[PracticeKey]:
    return [(half.collection, half.practice) for half in halves]


class _StandingsPort(_Port):
    """Standings, of which `lock_free` waits for nobody."""

    def __init__(self, port: object, locks: RowLocks, who: "TakingTurns") -> None:
        super().__init__(port, {"lock": lambda collection, practice: [(collection, practice)]}, who.take)
        self._locks = locks
        self._who = who

    async def lock_free(self, collection: str, practices: Sequence[str]) -> Any:
        await turn()
        free = self._locks.take_free([(collection, practice) for practice in practices], self._who)
        await turn()  # as in PostgreSQL, what is locked is read by a second statement
        return await self._port.lock_free(collection, [practice for _, practice in free])


class TakingTurns:
    """One transaction on a shared database in memory."""

    def __init__(self, database: FakeDeclarationsUnitOfWork, locks: RowLocks) -> None:
        self._database = database
        self._locks = locks
        self.outbox = database.outbox
        self.directory = database.directory
        self.figures = self._port(database.figures, record_points=_of_halves, record_pounds=_of_halves)
        self.determinations = self._port(
            database.determinations, lock=lambda collection, practices: [(collection, one) for one in practices]
        )

    def __getattr__(self, name: str) -> Any:
        """The other ports lock nothing."""
        found = getattr(self._database, name)
        if not callable(found):
            return self._port(found)

        def scoped(scope: Scope) -> Any:
            return self._port(found(scope))

        return scoped

    def standings(self, scope: Scope) -> Any:
        return _StandingsPort(self._database.standings(scope), self._locks, self)

    def _port(self, port: object, **locking: Callable[..., list[PracticeKey]]) -> Any:
        return _Port(port, locking, self.take)

    async def take(self, keys: Sequence[PracticeKey]) -> None:
        await self._locks.take(keys, self)

    async def keep_new(self, consumer: str, events: Sequence[Event]) -> list[Event]:
        return await self._database.keep_new(consumer, events)

    async def commit(self) -> None:
        await turn()

    async def __aenter__(self) -> Self:
        await turn()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._locks.release(self)

    def as_unit_of_work(self) -> UnitOfWork:
        return cast(UnitOfWork, self)


def take_turns(deeds: Sequence[Coroutine[Any, Any, Any]], order: random.Random, *, most: int = 20_000) -> list[int]:
    """Run all, one turn at a time, in an order drawn anew at every turn; returns that order.

    A deed that raises ends everything: those that may be refused say so themselves.
    """
    running = dict(enumerate(deeds))
    drawn = []
    while running:
        chosen = order.choice(list(running))
        drawn.append(chosen)
        assert len(drawn) < most, "they wait for each other for ever"
        try:
            running[chosen].send(None)
        except StopIteration:
            del running[chosen]
    return drawn
