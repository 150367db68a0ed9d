"""What our own database says of itself: does it answer, how fast, what waits in its outbox, and who signed lately?"""

import asyncio
import time

from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.core.lifecycle import AUDIT_KIND, Action
from qof_declarations.core.operations import Own
from qof_shared.db.engine import is_unavailable

PATIENCE_SECONDS = 2.0
MINUTES = 15

SIGNED = """
SELECT (SELECT count(*) FROM outbox) AS outbox_rows, (
    SELECT array_agg(n ORDER BY minute DESC) FROM (
        SELECT minute, count(signed.at) AS n FROM generate_series(0, $1::integer - 1) AS minute LEFT JOIN (
            SELECT at FROM (SELECT at, kind FROM declaration_audit ORDER BY audit_id DESC LIMIT 20000) AS newest
            WHERE kind = $2 AND at > now() - make_interval(mins => $1::integer)
        ) AS signed ON floor(extract(epoch FROM now() - signed.at) / 60) = minute GROUP BY minute
    ) AS minutes
) AS signed_minutes
"""
"""The newest rows by number are the newest by time, so that no index on the time is kept for a page that few open."""


class PostgresOwnOperations:
    """`handlers.operating.OwnOperations`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def look(self) -> Own | None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._engine.connect() as connection:
                rows = await connection.exec_driver_sql(SIGNED, (MINUTES, AUDIT_KIND[Action.SIGN]))
                row = rows.one()
        except Exception as error:
            if isinstance(error, TimeoutError) or is_unavailable(error):
                return None
            raise
        return Own(list(row.signed_minutes), row.outbox_rows, (time.perf_counter() - began) * 1000)
