"""How distributions are kept and when they are measured anew: one row per collection and commissioner, and one of the
nation; a page reads two rows."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.adapters.summaries import COLUMNS, summary_of_row
from qof_declarations.core.distribution import Distributions
from qof_declarations.core.summary import Summary
from qof_shared.db.bodies import pack, unpack

OFTEN = timedelta(minutes=5)
"""So long a measurement stands, unless figures were frozen since."""

PAGE = 100
"""Summaries read at once: between two pages the process handles its queues."""

# A report counts by the clock of the worker that published it, a moment before its commit: a measurement may have
# missed those of its last minute.
DUE = """
SELECT k.collection FROM collections AS k
LEFT JOIN distributions AS d ON d.collection = k.collection AND d.commissioner = ''
WHERE CASE WHEN d.measured_at IS NULL
    THEN EXISTS (SELECT FROM report_summaries AS s WHERE s.collection = k.collection)
    ELSE EXISTS (SELECT FROM arrivals AS a WHERE a.collection = k.collection AND a.half = 'report'
            AND a.at > d.measured_at - interval '1 minute')
        AND (d.measured_at < $1 OR EXISTS (SELECT FROM national_figures AS n
            WHERE n.collection = k.collection AND n.frozen_at > d.measured_at))
    END
ORDER BY k.collection
"""

SUMMARIES = f"""
SELECT f.practice, p.commissioner, {COLUMNS} FROM figures AS f JOIN practices AS p USING (practice)
JOIN report_summaries AS s ON s.collection = f.collection AND s.practice = f.practice AND s.version = f.version
WHERE f.collection = $1 AND f.practice > $2 ORDER BY f.practice LIMIT $3
"""  # noqa: S608 - a constant

FORGET = """
DELETE FROM arrivals AS a WHERE a.at < $1 AND (a.half = 'points' OR EXISTS (
    SELECT FROM distributions AS d WHERE d.collection = a.collection AND d.commissioner = ''
        AND d.measured_at - interval '1 minute' > a.at))
"""


class PostgresDistributions:
    """Within a unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def due(self, now: datetime) -> Sequence[str]:
        rows = await self._connection.exec_driver_sql(DUE, (now - OFTEN,))
        return [row.collection for row in rows]

    async def lock(self, collection: str) -> bool:
        key = int.from_bytes(hashlib.sha256(f"distributions {collection}".encode()).digest()[:8], signed=True)
        rows = await self._connection.exec_driver_sql("SELECT pg_try_advisory_xact_lock($1)", (key,))
        return bool(rows.scalar_one())

    async def newest_summaries(self, collection: str) -> AsyncIterator[tuple[str, Summary]]:
        after = ""
        while rows := (await self._connection.exec_driver_sql(SUMMARIES, (collection, after, PAGE))).all():
            for row in rows:
                yield row.commissioner, summary_of_row(row)
            after = rows[-1].practice

    async def record(self, collection: str, commissioner: str, found: Distributions, measured_at: datetime) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO distributions (collection, commissioner, measured_at, practices, content)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (collection, commissioner) DO UPDATE SET"
            " measured_at = excluded.measured_at, practices = excluded.practices, content = excluded.content",
            (collection, commissioner, measured_at, found.practices, pack(msgspec.json.encode(asdict(found)))),
        )

    async def of(self, collection: str, commissioner: str) -> tuple[Distributions, datetime] | None:
        rows = await self._connection.exec_driver_sql(
            "SELECT measured_at, content FROM distributions WHERE collection = $1 AND commissioner = $2",
            (collection, commissioner),
        )
        row = rows.first()
        return (msgspec.json.decode(unpack(row.content), type=Distributions), row.measured_at) if row else None

    async def forget_arrivals(self, now: datetime) -> None:
        await self._connection.exec_driver_sql(FORGET, (now - timedelta(hours=1),))
