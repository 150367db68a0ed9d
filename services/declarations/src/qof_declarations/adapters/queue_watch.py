"""How do thousands look at one queue? One query a second and process answers all of them.

Who asks once gets what was read at most a second ago. Who listens is told once a second; the numbers of listened
practices travel in one query. Whoever listens was let in by their scope, and is sent away after some minutes.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from qof_declarations.adapters.waiting import JOURNEY, journey_of, read_queue
from qof_declarations.core.waiting import Journey, Queue
from qof_declarations.handlers.ports import PracticeKey
from qof_shared.db.engine import is_unavailable
from qof_shared.pace import Estimator, pace_of
from qof_shared.shared_look import LOOK_SECONDS, SharedLook

logger = logging.getLogger(__name__)

LISTENERS = 2000
"""In one process; each holds a connection and a few kilobytes. Beyond that pages poll."""


Told = tuple[Journey, Queue]


@dataclass(slots=True)
class _Tick:
    """What one look brought; whoever waits for the next look waits for its event."""

    seen: dict[PracticeKey, Told] = field(default_factory=dict)
    done: asyncio.Event = field(default_factory=asyncio.Event)


class QueueWatch:
    """The queues of all collections, for one process."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        seconds: float = LOOK_SECONDS,
        listeners: int = LISTENERS,
        clock: Callable[[], float] = time.monotonic,
        is_stopping: Callable[[], bool] = lambda: False,
        estimator: Estimator = pace_of,
    ) -> None:
        self._engine = engine
        self._seconds = seconds
        self._limit = listeners
        self._clock = clock
        self._is_stopping = is_stopping
        self._estimator = estimator
        self._shared = SharedLook(self._read, seconds=seconds, clock=clock)
        self._listening: dict[PracticeKey, int] = {}
        self._tick = _Tick()
        self._poll: asyncio.Task[None] | None = None

    async def look(self, collection: str) -> Queue:
        """The queue as it was at most a second ago; many who ask at the same moment share one query."""
        return await self._shared.look(collection)

    @property
    def listeners(self) -> int:
        return sum(self._listening.values())

    @property
    def is_full(self) -> bool:
        return self.listeners >= self._limit

    async def listen(self, collection: str, practice: str) -> AsyncGenerator[Told | None, None]:
        """The practice's journey and its queue, after every look; None where the database is away. Ends when the
        process does."""
        key = collection, practice
        self._listening[key] = self._listening.get(key, 0) + 1
        try:
            while not self._is_stopping():
                tick = self._tick
                if self._poll is None or self._poll.done():
                    self._poll = asyncio.create_task(self._look_for_all())
                await tick.done.wait()
                yield tick.seen.get(key)
        finally:
            self._listening[key] -= 1
            if not self._listening[key]:
                del self._listening[key]

    async def _look_for_all(self) -> None:
        """Look for everybody, once a second while somebody listens."""
        while self._listening:
            begun = self._clock()
            tick, seen = self._tick, {}
            try:
                seen = await self._read_listened()
            except Exception as error:
                # A database that is away is not the listeners' fault: they hear again when it is back.
                if not is_unavailable(error):
                    logger.exception("a look at the queues failed", extra={"action": "waiting.look_failed"})
            self._tick = _Tick()
            tick.seen = seen
            tick.done.set()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(max(0.0, self._seconds - (self._clock() - begun)))

    async def _read(self, collection: str) -> Queue:
        async with self._engine.connect() as connection:
            return await read_queue(connection, collection, self._estimator)

    async def _read_listened(self) -> dict[PracticeKey, Told]:
        listened = sorted(self._listening)
        async with self._engine.connect() as connection:
            journeys = await _read_journeys(connection, listened)
        queues = {collection: await self.look(collection) for collection in {key[0] for key in listened}}
        return {key: (journeys.get(key, Journey()), queues[key[0]]) for key in listened}


async def _read_journeys(connection: AsyncConnection, practices: list[PracticeKey]) -> dict[PracticeKey, Journey]:
    """Of practices whose listeners were let in by their scope."""
    rows = await connection.exec_driver_sql(
        f"SELECT f.collection, f.practice, {JOURNEY} FROM figures AS f"  # noqa: S608 - a constant
        " JOIN unnest($1::text[], $2::text[]) AS n(collection, practice) USING (collection, practice)",
        ([collection for collection, _ in practices], [practice for _, practice in practices]),
    )
    return {(row.collection, row.practice): journey_of(row) for row in rows}
