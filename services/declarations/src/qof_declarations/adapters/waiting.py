"""Who is on the way, in PostgreSQL: beside each practice's figures, and how many came out, batch by batch.

A practice waits while `figures.received_extract_number` is above that of its pounds; the index of those that do holds
all that the queue is counted from.
"""
# ruff: noqa: S608 - statements are put together from this module's constants; values travel as parameters

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.adapters.standings import IS_RECALCULATING, condition
from qof_declarations.core.permissions import Scope
from qof_declarations.core.waiting import Half, Journey, Queue
from qof_declarations.handlers.waiting_ports import Received
from qof_shared.db.columns import columns
from qof_shared.pace import WINDOW, Arrival, Estimator, pace_of

JOURNEY = (
    "coalesce(f.received_extract_number, 0) AS received, coalesce(f.points_extract_number, 0) AS points,"
    " coalesce(f.pounds_extract_number, 0) AS pounds, coalesce(f.rejected_extract_number, 0) AS rejected,"
    " f.version, f.received_at,"
    f" {IS_RECALCULATING} AS is_recalculating"
)

# What came out is added up by the quarter of a second: at the peak five batches come in one, and a pace needs no more.
QUEUE = """
WITH frozen AS (SELECT EXISTS (SELECT FROM national_figures WHERE collection = $1) AS is_frozen), waiting AS (
    SELECT array_agg(received_extract_number ORDER BY received_extract_number) AS numbers FROM figures, frozen
    WHERE collection = $1 AND received_extract_number > coalesce(pounds_extract_number, 0)
        AND received_extract_number > coalesce(rejected_extract_number, 0)
        AND (is_frozen OR received_extract_number > coalesce(points_extract_number, 0))
), arrived AS (
    SELECT array_agg(at ORDER BY at) AS moments, array_agg(extracts ORDER BY at) AS extracts FROM (
        SELECT max(at) AS at, sum(extracts) AS extracts FROM arrivals, frozen
        WHERE collection = $1 AND half = CASE WHEN is_frozen THEN 'report' ELSE 'points' END
            AND at > now() - make_interval(secs => $2)
        GROUP BY date_bin('250 milliseconds', at, 'epoch')
    ) AS parts
)
SELECT is_frozen, numbers, moments, extracts, now() AS looked_at FROM frozen, waiting, arrived
"""


class PostgresWaiting:
    """Within a unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record_received(self, extracts: Sequence[Received]) -> None:
        rows = sorted((one.collection, one.practice, one.extract_number, one.received_at) for one in extracts)
        await self._connection.exec_driver_sql(
            "INSERT INTO figures AS f (collection, practice, received_extract_number, received_at)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[])"
            " ON CONFLICT (collection, practice) DO UPDATE SET"
            " received_extract_number = excluded.received_extract_number, received_at = excluded.received_at"
            " WHERE f.received_extract_number IS NULL OR f.received_extract_number < excluded.received_extract_number",
            columns(rows, 4),
        )

    async def record_arrivals(self, half: Half, extracts: Mapping[str, int], at: datetime) -> None:
        # A row for each batch: one that all workers add to would make them wait for each other.
        await self._connection.exec_driver_sql(
            "INSERT INTO arrivals (collection, half, at, extracts)"
            " SELECT collection, $3, $4, extracts FROM unnest($1::text[], $2::integer[]) AS n(collection, extracts)",
            (list(extracts), list(extracts.values()), half.value, at),
        )


class PostgresJourneys:
    """How far practices within `scope` are; there is no way to make one without."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._in_scope, self._who = condition(scope)

    async def find(self, collection: str, practice: str) -> Journey:
        rows = await self._connection.exec_driver_sql(
            f"SELECT {JOURNEY} FROM figures AS f JOIN practices AS p USING (practice)"
            f" WHERE f.collection = $1 AND {self._in_scope} AND p.practice = $3",
            (collection, self._who, practice),
        )
        row = rows.first()
        return journey_of(row) if row else Journey()


def journey_of(row: Row[Any]) -> Journey:
    """A journey from a row of `JOURNEY`."""
    return Journey(
        received=row.received,
        points=row.points,
        pounds=row.pounds,
        rejected=row.rejected,
        version=row.version,
        is_recalculating=row.is_recalculating,
        received_at=row.received_at,
    )


async def read_queue(connection: AsyncConnection, collection: str, estimator: Estimator = pace_of) -> Queue:
    """A collection's queue now; it names nobody, so it needs no scope."""
    rows = await connection.exec_driver_sql(QUEUE, (collection, WINDOW.total_seconds()))
    row = rows.one()
    arrivals = [Arrival(*arrival) for arrival in zip(row.moments or (), row.extracts or (), strict=True)]
    return Queue(row.is_frozen, row.numbers or (), estimator(arrivals, row.looked_at), row.looked_at)
