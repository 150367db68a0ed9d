"""How many extracts are where, of all suppliers at once? One statement, a tenth of the time at most, whoever asks."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.adapters.availability import connected
from qof_ingest.core.ledger import Books, SupplierCounts
from qof_shared.contracts import ExtractAccepted

HELD_TIMES = 10
"""How many times as long as it took to count, a count is held: so that counting never keeps a core busy."""

SHORTEST_HELD = 1.0
"""Seconds that a count is held at least."""

PATIENCE_SECONDS = 1.0
"""Where counting takes longer, nobody waits for it: they are told the count before, while it is counted again."""

BOOKS = """
WITH amendments AS MATERIALIZED (
    SELECT supplier, collection, extract_id, amends FROM extracts
    WHERE amends IS NOT NULL AND ($1::text IS NULL OR collection = $1)
), per_practice AS (
    SELECT supplier, collection, practice, count(*) AS extracts FROM extracts
    WHERE $1::text IS NULL OR collection = $1 GROUP BY supplier, collection, practice
), kept AS (
    SELECT supplier, collection, sum(extracts) AS accepted, count(*) AS practices FROM per_practice
    GROUP BY supplier, collection
), again AS (
    SELECT supplier, collection, count(*) AS again FROM amendments GROUP BY supplier, collection
), reached AS (
    SELECT supplier, collection, bool_or(stage IN ('calculated', 'reported')) AS is_calculated,
        bool_or(stage = 'reported') AS is_reported
    FROM journey LEFT JOIN (SELECT extract_id, amends FROM amendments) a USING (extract_id)
    WHERE $1::text IS NULL OR collection = $1
    GROUP BY supplier, collection, coalesce(amends, extract_id)
), settled AS (
    SELECT supplier, collection, count(*) FILTER (WHERE is_calculated) AS calculated,
        count(*) FILTER (WHERE is_reported) AS reported, count(*) FILTER (WHERE NOT is_calculated) AS rejected
    FROM reached GROUP BY supplier, collection
), silent AS MATERIALIZED (
    SELECT extract_id FROM extracts e WHERE NOT EXISTS (SELECT FROM journey j WHERE j.extract_id = e.extract_id)
), unsettled AS (
    SELECT supplier, collection, count(*) AS in_flight, min(received_at) AS oldest
    FROM silent JOIN extracts e USING (extract_id)
    WHERE amends IS NULL AND ($1::text IS NULL OR collection = $1) AND NOT EXISTS (
        SELECT FROM amendments a JOIN journey j ON j.extract_id = a.extract_id WHERE a.amends = e.extract_id
    )
    GROUP BY supplier, collection
), expected AS (
    SELECT p.supplier, c.collection, count(*) AS expected FROM practices p JOIN collections c USING (nation)
    WHERE $1::text IS NULL OR c.collection = $1 GROUP BY p.supplier, c.collection
)
SELECT supplier, coalesce(s.name, supplier) AS name, collection,
    coalesce(expected, 0)::bigint AS expected, coalesce(kept.practices, 0)::bigint AS practices,
    (coalesce(accepted, 0) - coalesce(again, 0))::bigint AS accepted, coalesce(calculated, 0)::bigint AS calculated,
    coalesce(reported, 0)::bigint AS reported, coalesce(rejected, 0)::bigint AS rejected,
    coalesce(in_flight, 0)::bigint AS in_flight, oldest,
    (SELECT count(*) FROM outbox) AS outbox_rows,
    (SELECT count(*) FROM outbox WHERE routing_key = $2) AS outbox_extracts
FROM kept FULL JOIN expected USING (supplier, collection) FULL JOIN again USING (supplier, collection)
    FULL JOIN settled USING (supplier, collection) FULL JOIN unsettled USING (supplier, collection)
    LEFT JOIN suppliers s USING (supplier) LEFT JOIN collections c USING (collection)
ORDER BY c.achievement_date DESC NULLS LAST, collection DESC, supplier
"""
"""What was accepted is counted in `extracts`, what became of it in `journey`, and what is under way by looking for
extracts that `journey` does not know: three counts, so that a disagreement shows. Bodies are not read: the first and
the third use indexes alone."""


class PostgresAccounts:
    """`handlers.show_operations.Accounts`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def books(self, collection: str | None) -> Books:
        async with connected(self._engine) as connection:
            rows = list(await connection.exec_driver_sql(BOOKS, (collection, ExtractAccepted.event)))
            if not rows:
                outbox = await connection.exec_driver_sql("SELECT count(*) FROM outbox")
                return Books((), outbox.scalar_one(), 0)
        suppliers = [
            SupplierCounts(
                supplier=row.supplier,
                name=row.name,
                collection=row.collection,
                expected=row.expected,
                practices=row.practices,
                accepted=row.accepted,
                calculated=row.calculated,
                reported=row.reported,
                rejected=row.rejected,
                in_flight=row.in_flight,
                oldest_in_flight=row.oldest,
            )
            for row in rows
        ]
        return Books(suppliers, rows[0].outbox_rows, rows[0].outbox_extracts)


@dataclass(slots=True)
class _Held:
    books: Books | None = None
    until: float = float("-inf")
    took: float = 0.0
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)
    again: asyncio.Task[Books] | None = None


class HeldAccounts:
    """`Accounts` that are counted once a second and a tenth of the time at most, however many ask."""

    def __init__(self, accounts: PostgresAccounts, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._accounts = accounts
        self._clock = clock
        self._held: defaultdict[str | None, _Held] = defaultdict(_Held)

    async def books(self, collection: str | None) -> Books:
        held = self._held[collection]
        if held.books is not None and held.took > PATIENCE_SECONDS:
            if held.again is None or held.again.done():
                held.again = asyncio.create_task(self._count(held, collection))
                held.again.add_done_callback(_looked_at)
            return held.books
        return await self._count(held, collection)

    async def _count(self, held: _Held, collection: str | None) -> Books:
        async with held.counting:
            began = self._clock()
            if held.books is None or began > held.until:
                held.books = await self._accounts.books(collection)
                ended = self._clock()
                held.took = ended - began
                held.until = ended + max(HELD_TIMES * held.took, SHORTEST_HELD)
            return held.books


def _looked_at(counted: asyncio.Task[Books]) -> None:
    """A count that failed in the background is tried again by whoever asks next; its error is no news by itself."""
    if not counted.cancelled():
        counted.exception()


class SeenShortfall:
    """`StandingShortfall` in this process's memory: it knows what its own looks have seen."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[str | None, float] = {}

    def seconds(self, collection: str | None, unaccounted: int) -> float:
        if not unaccounted:
            self._since.pop(collection, None)
            return 0.0
        return self._clock() - self._since.setdefault(collection, self._clock())
