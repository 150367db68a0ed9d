"""Where determinations live, and how they and arriving extracts keep out of each other's way: PostgreSQL.

Whoever accepts extracts of a collection holds its lock shared; whoever records what was determined, alone. So the
newest extract of a practice always carries what stands for it: an extract is accepted either before the determination,
which then repeats it, or after it, and finds it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from qof_ingest.adapters.waiting import NOW_WAIT
from qof_ingest.adapters.writer_connection import DriverConnection
from qof_ingest.handlers.ports import AcceptedAgain, Amendment, PracticeKey
from qof_shared.contracts import Determination, DeterminationMade, DeterminationWithdrawn
from qof_shared.db.columns import columns

IS_DETERMINED = (
    "(SELECT true FROM determinations AS d WHERE d.collection = extracts.collection"
    " AND d.practice = extracts.practice LIMIT 1)"
)
"""For the insert of an extract to return. A plain sub-select, because EXISTS may be planned as a hash of the table."""

STANDING = """
SELECT k.collection, k.practice, d.determination_id, d.indicator, d.determines, d.value, d.reason, d.person,
    d.determined_at
FROM unnest($1::text[], $2::text[]) AS k(collection, practice) CROSS JOIN LATERAL (
    SELECT DISTINCT ON (indicator, determines) * FROM determinations
    WHERE collection = k.collection AND practice = k.practice
    ORDER BY indicator, determines, determined_at DESC, determination_id DESC
) AS d
WHERE NOT EXISTS (SELECT FROM withdrawals AS w WHERE w.determination_id = d.determination_id)
ORDER BY k.collection, k.practice, d.indicator, d.determines
"""

ACCEPT_AGAIN = f"""
WITH kept AS (
    INSERT INTO extracts (extract_id, supplier, idempotency_key, practice, collection, digest, received_at, body,
        amends, amended_because)
    SELECT n.extract_id, e.supplier, n.key, n.practice, n.collection, e.digest, $6, e.body,
        coalesce(e.amends, e.extract_id), n.because
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
        AS n(extract_id, collection, practice, key, because)
    CROSS JOIN LATERAL (
        SELECT * FROM extracts WHERE practice = n.practice AND collection = n.collection
        ORDER BY extract_number DESC LIMIT 1
    ) AS e
    ON CONFLICT (supplier, idempotency_key) DO NOTHING
    RETURNING extract_id, extract_number, supplier, collection, practice, received_at, digest
), {NOW_WAIT}
SELECT kept.*, c.nation, c.qof_year FROM kept JOIN collections AS c USING (collection)
"""  # noqa: S608 - a constant


def lock_key(collection: str) -> int:
    """The advisory lock of a collection's determinations, as the 64 bits that PostgreSQL takes."""
    return int.from_bytes(hashlib.sha256(f"determinations {collection}".encode()).digest()[:8], signed=True)


def lock_keys(collections: Iterable[str]) -> list[int]:
    """Locks in the one order in which everybody takes them."""
    return sorted({lock_key(collection) for collection in collections})


async def read_standing(
    connection: AsyncConnection | DriverConnection, practices: Iterable[PracticeKey]
) -> dict[PracticeKey, list[Determination]]:
    """What stands for each of the practices that have any, by indicator."""
    standing: dict[PracticeKey, list[Determination]] = {}
    for row in await connection.exec_driver_sql(STANDING, columns(sorted(practices), 2)):
        determination = Determination(
            determination_id=row.determination_id,
            indicator=row.indicator,
            determines=row.determines,
            value=row.value,
            reason=row.reason,
            person=row.person,
            determined_at=row.determined_at,
        )
        standing.setdefault((row.collection, row.practice), []).append(determination)
    return standing


class PostgresDeterminations:
    """Determinations within a unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, collections: Iterable[str]) -> None:
        for key in lock_keys(collections):
            await self._connection.exec_driver_sql("SELECT pg_advisory_xact_lock($1)", (key,))

    async def standing(self, practices: Iterable[PracticeKey]) -> dict[PracticeKey, list[Determination]]:
        return await read_standing(self._connection, practices)

    async def record_made(self, made: Sequence[DeterminationMade]) -> None:
        rows = [
            (
                one.determination.determination_id,
                one.collection,
                one.practice,
                one.determination.indicator,
                one.determination.determines,
                one.determination.value,
                one.determination.reason,
                one.determination.person,
                one.determination.determined_at,
            )
            for one in made
        ]
        await self._connection.exec_driver_sql(
            "INSERT INTO determinations (determination_id, collection, practice, indicator, determines, value, reason,"
            " person, determined_at) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],"
            " $6::text[], $7::text[], $8::text[], $9::timestamptz[]) ON CONFLICT DO NOTHING",
            columns(rows, 9),
        )

    async def record_withdrawn(self, withdrawn: Sequence[DeterminationWithdrawn]) -> None:
        rows = [
            (one.determination_id, one.collection, one.practice, one.reason, one.person, one.withdrawn_at)
            for one in withdrawn
        ]
        await self._connection.exec_driver_sql(
            "INSERT INTO withdrawals (determination_id, collection, practice, reason, person, withdrawn_at)"
            " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])"
            " ON CONFLICT DO NOTHING",
            columns(rows, 6),
        )

    async def accept_again(self, amendments: Sequence[Amendment], *, now: datetime) -> list[AcceptedAgain]:
        rows = [(one.extract_id, one.collection, one.practice, one.idempotency_key, one.because) for one in amendments]
        found = await self._connection.exec_driver_sql(ACCEPT_AGAIN, (*columns(rows, 5), now))
        return [
            AcceptedAgain(
                extract_id=row.extract_id,
                extract_number=row.extract_number,
                supplier=row.supplier,
                collection=row.collection,
                practice=row.practice,
                nation=row.nation,
                qof_year=row.qof_year,
                received_at=row.received_at,
                digest=row.digest,
            )
            for row in found
        ]
