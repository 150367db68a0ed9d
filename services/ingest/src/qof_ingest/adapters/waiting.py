"""Who waits for the calculators, in PostgreSQL: a small row for each extract on its way, and how many came out when."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from qof_ingest.adapters.availability import connected
from qof_ingest.core.waiting import Queue
from qof_ingest.handlers.ports import WaitingExtract
from qof_shared.pace import WINDOW, Arrival, Estimator, pace_of
from qof_shared.shared_look import LOOK_SECONDS, SharedLook

NOW_WAIT = (
    "now_wait AS (INSERT INTO waiting (collection, extract_number, supplier)"
    " SELECT collection, extract_number, supplier FROM kept)"
)
"""Part of the statement that keeps extracts, whose new rows are `kept`: with it they wait, at no round trip."""

# By the clock of this worker: a batch counts when it was taken, a moment before its commit.
COME_OUT = """
WITH come_out AS (
    DELETE FROM waiting AS w USING extracts AS e
    WHERE e.extract_id = ANY($1::uuid[]) AND w.collection = e.collection AND w.extract_number = e.extract_number
    RETURNING w.collection
)
INSERT INTO arrivals (collection, at, extracts) SELECT collection, $2, count(*) FROM come_out GROUP BY collection
"""

# Not in order: PostgreSQL would sort by the suppliers' names too, which took over three times as long as all the rest.
WAITING = "SELECT supplier, array_agg(extract_number) AS numbers FROM waiting WHERE collection = $1 GROUP BY supplier"

# What came out is added up by the quarter of a second: at the peak five batches come in one, and a pace needs no more.
ARRIVED = """
SELECT array_agg(at ORDER BY at) AS moments, array_agg(extracts ORDER BY at) AS extracts, now() AS looked_at FROM (
    SELECT max(at) AS at, sum(extracts) AS extracts FROM arrivals
    WHERE collection = $1 AND at > now() - make_interval(secs => $2)
    GROUP BY date_bin('250 milliseconds', at, 'epoch')
) AS parts
"""

FIND = """
SELECT e.extract_number, e.collection,
    EXISTS (SELECT FROM waiting AS w WHERE w.collection = e.collection AND w.extract_number = e.extract_number)
    AS is_waiting
FROM extracts AS e WHERE e.extract_id = $1 AND e.supplier = $2
"""

FORGET = "DELETE FROM arrivals WHERE at < $1"


class PostgresWaiting:
    """Within a unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def come_out(self, extract_ids: Iterable[UUID], at: datetime) -> None:
        await self._connection.exec_driver_sql(COME_OUT, (sorted(set(extract_ids)), at))

    async def forget_arrivals(self, before: datetime) -> None:
        await self._connection.exec_driver_sql(FORGET, (before,))


class PostgresQueues:
    """A look at the queues, for one process."""

    def __init__(self, engine: AsyncEngine, *, seconds: float = LOOK_SECONDS, estimator: Estimator = pace_of) -> None:
        self._engine = engine
        self._estimator = estimator
        self._shared = SharedLook(self._read, seconds=seconds)

    async def look(self, collection: str) -> Queue:
        return await self._shared.look(collection)

    async def find(self, extract_id: UUID, supplier: str) -> WaitingExtract | None:
        async with connected(self._engine) as connection:
            row = (await connection.exec_driver_sql(FIND, (extract_id, supplier))).first()
        return WaitingExtract(row.collection, row.extract_number, row.is_waiting) if row else None

    async def _read(self, collection: str) -> Queue:
        async with connected(self._engine) as connection:
            return await read_queue(connection, collection, self._estimator)


async def read_queue(connection: AsyncConnection, collection: str, estimator: Estimator = pace_of) -> Queue:
    """A collection's queue now."""
    waiting = await connection.exec_driver_sql(WAITING, (collection,))
    numbers = {row.supplier: sorted(row.numbers) for row in waiting}
    arrived = (await connection.exec_driver_sql(ARRIVED, (collection, WINDOW.total_seconds()))).one()
    arrivals = [Arrival(*one) for one in zip(arrived.moments or (), arrived.extracts or (), strict=True)]
    return Queue(arrived.looked_at, numbers, estimator(arrivals, arrived.looked_at))
