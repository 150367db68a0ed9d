"""Where the directory lives: suppliers, commissioners, practices and collections in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from qof_ingest.core.directory import (
    Collection,
    Commissioner,
    Directory,
    Practice,
    Recorded,
    RecordedSupplier,
    Supplier,
)
from qof_shared.db.columns import columns
from qof_shared.people import token_digest


async def read_suppliers(connection: AsyncConnection) -> list[RecordedSupplier]:
    rows = await connection.exec_driver_sql("SELECT supplier, name, token_digest FROM suppliers")
    return [RecordedSupplier(*tuple(row)) for row in rows]


async def read_practices(connection: AsyncConnection) -> list[Practice]:
    rows = await connection.exec_driver_sql("SELECT practice, name, commissioner, supplier, nation FROM practices")
    return [Practice(*tuple(row)) for row in rows]


async def read_collections(connection: AsyncConnection) -> list[Collection]:
    rows = await connection.exec_driver_sql(
        "SELECT collection, nation, qof_year, achievement_date, opens_at, closes_at, sign_by FROM collections"
    )
    return [Collection(*tuple(row)) for row in rows]


async def read_revision(connection: AsyncConnection) -> int:
    """The revision of the latest load; 0 before the first one."""
    rows = await connection.exec_driver_sql("SELECT coalesce(max(revision), 0) AS revision FROM directory_loads")
    revision: int = rows.scalar_one()
    return revision


class PostgresDirectoryRecords:
    """The directory, within a unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def recorded(self) -> Recorded:
        # One load at a time: revisions then grow in the order of commits, and nobody checks against half a load.
        await self._connection.exec_driver_sql("LOCK TABLE directory_loads IN EXCLUSIVE MODE")
        commissioners = await self._connection.exec_driver_sql("SELECT commissioner, name FROM commissioners")
        return Recorded(
            suppliers={one.supplier: one for one in await read_suppliers(self._connection)},
            commissioners={one.commissioner: one for one in (Commissioner(*tuple(row)) for row in commissioners)},
            practices={one.practice: one for one in await read_practices(self._connection)},
            collections={one.collection: one for one in await read_collections(self._connection)},
        )

    async def record(self, changed: Directory, *, now: datetime) -> int:
        await self._record_suppliers(changed.suppliers)
        await self._record_practices(changed.commissioners, changed.practices)
        await self._record_collections(changed.collections)
        rows = await self._connection.exec_driver_sql(
            "INSERT INTO directory_loads (loaded_at) VALUES ($1) RETURNING revision", (now,)
        )
        revision: int = rows.scalar_one()
        return revision

    async def _record_suppliers(self, suppliers: Sequence[Supplier]) -> None:
        with_token = [(one.supplier, one.name, token_digest(one.token)) for one in suppliers if one.token is not None]
        await self._connection.exec_driver_sql(
            "INSERT INTO suppliers (supplier, name, token_digest)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::text[])"
            " ON CONFLICT (supplier) DO UPDATE SET name = excluded.name, token_digest = excluded.token_digest",
            columns(with_token, 3),
        )
        renamed = [(one.supplier, one.name) for one in suppliers if one.token is None]
        await self._connection.exec_driver_sql(
            "UPDATE suppliers SET name = n.name FROM unnest($1::text[], $2::text[]) AS n(supplier, name)"
            " WHERE suppliers.supplier = n.supplier",
            columns(renamed, 2),
        )

    async def _record_practices(self, commissioners: Sequence[Commissioner], practices: Sequence[Practice]) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO commissioners (commissioner, name) SELECT * FROM unnest($1::text[], $2::text[])"
            " ON CONFLICT (commissioner) DO UPDATE SET name = excluded.name",
            columns([(one.commissioner, one.name) for one in commissioners], 2),
        )
        await self._connection.exec_driver_sql(
            "INSERT INTO practices (practice, name, commissioner, supplier, nation)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])"
            " ON CONFLICT (practice) DO UPDATE SET name = excluded.name, commissioner = excluded.commissioner,"
            " supplier = excluded.supplier, nation = excluded.nation",
            columns([(one.practice, one.name, one.commissioner, one.supplier, one.nation) for one in practices], 5),
        )

    async def _record_collections(self, collections: Sequence[Collection]) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO collections (collection, nation, qof_year, achievement_date, opens_at, closes_at, sign_by)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::timestamptz[],"
            " $6::timestamptz[], $7::date[])"
            # What a collection asks never changes (core.directory sees to it); only its times may.
            " ON CONFLICT (collection) DO UPDATE SET opens_at = excluded.opens_at, closes_at = excluded.closes_at,"
            " sign_by = excluded.sign_by",
            columns(
                [
                    (
                        one.collection,
                        one.nation,
                        one.qof_year,
                        one.achievement_date,
                        one.opens_at,
                        one.closes_at,
                        one.sign_by,
                    )
                    for one in collections
                ],
                7,
            ),
        )
