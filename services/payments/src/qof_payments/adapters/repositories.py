"""How payments keeps directory, entitlements and instructions."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_payments.core.gates import UNKNOWN_SUPPLIER
from qof_payments.handlers.ports import InstructionTotals
from qof_payments.handlers.standing import Standing, stated
from qof_shared.contracts import (
    CollectionRecord,
    DirectoryRecorded,
    EntitlementCalculated,
    PaymentInstructed,
)
from qof_shared.db.bodies import pack, unpack
from qof_shared.db.columns import columns


class PostgresDirectory:
    """Practices and collections as ingest told them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record(self, directory: DirectoryRecorded) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO practices (practice, revision, name, nation, commissioner, supplier) SELECT p, $1, n, t, c, s"
            " FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS r(p, n, t, c, s)"
            " ORDER BY p ON CONFLICT (practice) DO UPDATE SET revision = excluded.revision, name = excluded.name,"
            " nation = excluded.nation, commissioner = excluded.commissioner, supplier = excluded.supplier"
            " WHERE practices.revision < excluded.revision",
            (
                directory.revision,
                [record.practice for record in directory.practices],
                [record.name for record in directory.practices],
                [record.nation for record in directory.practices],
                [record.commissioner for record in directory.practices],
                [record.supplier for record in directory.practices],
            ),
        )

    async def open_collection(self, collection: CollectionRecord) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO collections VALUES ($1, $2, $3, $4) ON CONFLICT (collection) DO UPDATE SET"
            " nation = excluded.nation, qof_year = excluded.qof_year, achievement_date = excluded.achievement_date",
            (collection.collection, collection.nation, collection.qof_year, collection.achievement_date),
        )

    async def collection(self, collection: str) -> CollectionRecord | None:
        rows = await self._connection.exec_driver_sql(
            "SELECT collection, nation, qof_year, achievement_date FROM collections WHERE collection = $1",
            (collection,),
        )
        row = rows.mappings().first()
        return CollectionRecord(**row) if row else None

    async def collection_of(self, nation: str, qof_year: str) -> str | None:
        rows = await self._connection.exec_driver_sql(
            "SELECT collection FROM collections c WHERE nation = $1 AND qof_year = $2 ORDER BY (SELECT max(frozen_at)"
            " FROM national_figures n WHERE n.collection = c.collection) DESC NULLS LAST, collection DESC LIMIT 1",
            (nation, qof_year),
        )
        found: str | None = rows.scalar()
        return found

    async def suppliers(self, nation: str) -> dict[str, str]:
        rows = await self._connection.exec_driver_sql(
            "SELECT practice, supplier FROM practices WHERE nation = $1 ORDER BY practice", (nation,)
        )
        return {row.practice: row.supplier or UNKNOWN_SUPPLIER for row in rows}


KEPT_ENTITLEMENTS = "SELECT entitlement_id AS id, body FROM entitlements WHERE entitlement_id = ANY($1::uuid[])"
"""For the relay: an event that tells of an entitlement leaves its body out, which is this one."""


class PostgresEntitlements:
    """Entitlements, never changed: a new sum is a new row. The body is the contract as it is told."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, entitlements: Sequence[EntitlementCalculated]) -> list[EntitlementCalculated]:
        if not entitlements:
            return []
        added = await self._connection.exec_driver_sql(
            "INSERT INTO entitlements (entitlement_id, collection, practice, extract_number, snapshot_number, pounds,"
            " body, account_number, achievement_pounds) SELECT i, c, p, e, s, a::numeric, b, n, nullif(u, '')::numeric"
            " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::int[], $6::text[], $7::bytea[],"
            " $8::bigint[], $9::text[]) AS r(i, c, p, e, s, a, b, n, u)"
            " ON CONFLICT (entitlement_id) DO NOTHING RETURNING entitlement_id",
            columns(
                [
                    (
                        entitlement.entitlement_id,
                        entitlement.collection,
                        entitlement.practice,
                        entitlement.extract_number,
                        entitlement.snapshot_number,
                        entitlement.pounds,
                        pack(msgspec.json.encode(entitlement)),
                        entitlement.account_number,
                        entitlement.achievement_pounds,
                    )
                    for entitlement in entitlements
                ],
                9,
            ),
        )
        ids = {row.entitlement_id for row in added}
        return [entitlement for entitlement in entitlements if entitlement.entitlement_id in ids]

    async def by_id(self, entitlement_id: UUID) -> EntitlementCalculated | None:
        rows = await self._connection.exec_driver_sql(
            "SELECT body FROM entitlements WHERE entitlement_id = $1", (entitlement_id,)
        )
        row = rows.first()
        return msgspec.json.decode(unpack(row.body), type=EntitlementCalculated) if row else None

    async def newest(self, collection: str, practice: str) -> EntitlementCalculated | None:
        rows = await self._connection.exec_driver_sql(
            "SELECT body FROM entitlements WHERE collection = $1 AND practice = $2"
            " ORDER BY extract_number DESC, snapshot_number DESC, account_number DESC LIMIT 1",
            (collection, practice),
        )
        row = rows.first()
        return msgspec.json.decode(unpack(row.body), type=EntitlementCalculated) if row else None

    async def standing(self, collection: str, practices: Sequence[str]) -> dict[str, Standing]:
        rows = await self._connection.exec_driver_sql(
            "SELECT DISTINCT ON (practice) practice, body FROM entitlements"
            " WHERE collection = $1 AND practice = ANY($2::text[])"
            " ORDER BY practice, extract_number DESC, snapshot_number DESC, account_number DESC",
            (collection, list(practices)),
        )
        return {row.practice: _standing(row.body) for row in rows}


class _StatedLine(msgspec.Struct, frozen=True, gc=False):
    line: str
    pounds: str


class _StatedDeduction(msgspec.Struct, frozen=True, gc=False):
    deduction: str
    pounds: str


class _Stated(msgspec.Struct, frozen=True, gc=False):
    """What is read of an entitlement to compare its sums: no numbers of formulas, no sentences."""

    extract_id: UUID
    pounds: str
    lines: list[_StatedLine]
    deductions: list[_StatedDeduction] = []


_stated_decoder = msgspec.json.Decoder(_Stated)


def _standing(body: bytes) -> Standing:
    read = _stated_decoder.decode(unpack(body))
    return Standing(read.extract_id, stated(read))


class PostgresInstructions:
    """Instructions: one per practice and collection, for ever."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, instruction: PaymentInstructed) -> PaymentInstructed | None:
        # Any conflict, not only that of the id: which of the two unique indexes stops the second of two inserts at the
        # same moment is chance, and the one not named would raise.
        added = await self._connection.exec_driver_sql(
            "INSERT INTO instructions (instruction_id, collection, practice, pounds, body)"
            " VALUES ($1, $2, $3, $4::text::numeric, $5) ON CONFLICT DO NOTHING RETURNING instruction_id",
            (
                instruction.instruction_id,
                instruction.collection,
                instruction.practice,
                instruction.pounds,
                msgspec.json.encode(instruction),
            ),
        )
        if added.first() is not None:
            return None
        standing = await self.of_practice(instruction.collection, instruction.practice)
        assert standing is not None, "what stopped the insert is there"
        return standing

    async def of_practice(self, collection: str, practice: str) -> PaymentInstructed | None:
        rows = await self._connection.exec_driver_sql(
            "SELECT body FROM instructions WHERE collection = $1 AND practice = $2", (collection, practice)
        )
        row = rows.first()
        return msgspec.json.decode(row.body, type=PaymentInstructed) if row else None

    async def totals(self, collection: str) -> InstructionTotals:
        rows = await self._connection.exec_driver_sql(
            "SELECT count(*) AS instructions, coalesce(sum(pounds), 0.00)::text AS pounds FROM instructions"
            " WHERE collection = $1",
            (collection,),
        )
        row = rows.one()
        return InstructionTotals(row.instructions, row.pounds)

    async def all(self, collection: str, after: str, limit: int) -> list[PaymentInstructed]:
        """Instructions by practice, from the one behind `after` on."""
        rows = await self._connection.exec_driver_sql(
            "SELECT body FROM instructions WHERE collection = $1 AND practice > $2 ORDER BY practice LIMIT $3",
            (collection, after, limit),
        )
        return [msgspec.json.decode(row.body, type=PaymentInstructed) for row in rows]
