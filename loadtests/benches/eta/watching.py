"""Who waits, as the databases know it? Looked at by the bench itself, not through what it measures."""

import asyncio
import time

import asyncpg

from loadtests.benches.eta.trace import PRACTICE, SUPPLIER, Seen, Waited

LOOK_SECONDS = 0.4
"""A finish is seen so late at most."""

WAITING = {
    SUPPLIER: "SELECT extract_number FROM waiting WHERE collection = $1",
    PRACTICE: "SELECT received_extract_number FROM figures WHERE collection = $1"
    " AND received_extract_number > coalesce(points_extract_number, 0)"
    " AND received_extract_number > coalesce(rejected_extract_number, 0)",
}
ARRIVALS = {
    SUPPLIER: "SELECT extract(epoch FROM at)::float8, extracts FROM arrivals WHERE collection = $1 ORDER BY at",
    PRACTICE: "SELECT extract(epoch FROM at)::float8, extracts FROM arrivals WHERE collection = $1 AND half = 'points'"
    " ORDER BY at",
}
COME_OUT = {
    SUPPLIER: "SELECT coalesce(sum(extracts), 0) FROM arrivals WHERE collection = $1",
    PRACTICE: "SELECT coalesce(sum(extracts), 0) FROM arrivals WHERE collection = $1 AND half = 'points'",
}


class Watching:
    """One queue, watched until told to stop."""

    def __init__(self, whose: str, connection: "asyncpg.Connection[asyncpg.Record]", collection: str) -> None:
        self._whose = whose
        self._connection = connection
        self._collection = collection
        self._since: dict[int, float] = {}
        self._waited: list[Waited] = []
        self.come_out = 0
        """Extracts so far, also those that left between two looks."""

    @property
    def waiting(self) -> list[int]:
        """Who waited when last looked at, the lowest number first."""
        return sorted(self._since)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        rows = await self._connection.fetch(WAITING[self._whose], self._collection)
        now, waiting = time.time(), {row[0] for row in rows}
        self.come_out = await self._connection.fetchval(COME_OUT[self._whose], self._collection)
        for number in self._since.keys() - waiting:
            self._waited.append(Waited(number, self._since.pop(number), now))
        for number in waiting - self._since.keys():
            self._since[number] = now

    async def seen(self) -> Seen:
        arrivals = await self._connection.fetch(ARRIVALS[self._whose], self._collection)
        return Seen(sorted(self._waited, key=lambda one: one.number), [(row[0], row[1]) for row in arrivals])
