"""How payments keeps directory, achievements, entitlements and instructions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_payments.core.statement import PointsLine
from qof_payments.handlers.ports import Completeness, InstructionTotals, PracticeAchievement, ReportedRegisters
from qof_shared.contracts import CollectionRecord, DirectoryRecorded, EntitlementCalculated, PaymentInstructed
from qof_shared.db.bodies import pack, unpack
from qof_shared.db.columns import columns


class PostgresDirectory:
    """Practices and collections as ingest told them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record(self, directory: DirectoryRecorded) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO practices (practice, revision, name, nation, commissioner)"
            " SELECT p, $1, n, t, c FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS r(p, n, t, c)"
            " ORDER BY p ON CONFLICT (practice) DO UPDATE SET revision = excluded.revision, name = excluded.name,"
            " nation = excluded.nation, commissioner = excluded.commissioner"
            " WHERE practices.revision < excluded.revision",
            (
                directory.revision,
                [record.practice for record in directory.practices],
                [record.name for record in directory.practices],
                [record.nation for record in directory.practices],
                [record.commissioner for record in directory.practices],
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


class _Paid(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What lies in `practice_achievements.body`: what is paid, without what has a column of its own."""

    nation: str
    qof_year: str
    points: tuple[PointsLine, ...]


_paid_decoder = msgspec.json.Decoder(_Paid)
_registers_decoder = msgspec.json.Decoder(dict[str, int])


def _achievement(collection: str, row: Row[Any]) -> PracticeAchievement:
    paid = _paid_decoder.decode(row.body)
    return PracticeAchievement(
        collection=collection,
        practice=row.practice,
        nation=paid.nation,
        qof_year=paid.qof_year,
        extract_id=row.extract_id,
        extract_number=row.extract_number,
        list_size=row.list_size,
        registers=_registers_decoder.decode(row.registers),
        points=paid.points,
    )


class PostgresAchievements:
    """The newest achievement of each practice and collection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep_newest(self, achievements: Sequence[PracticeAchievement]) -> list[PracticeAchievement]:
        """Keep those newer than what is there; return exactly them.

        Sorted by practice, so that two workers with overlapping batches lock rows in the same order.
        """
        newest: dict[tuple[str, str], PracticeAchievement] = {}
        for achievement in sorted(achievements, key=lambda a: (a.collection, a.practice, a.extract_number)):
            newest[achievement.collection, achievement.practice] = achievement
        rows = [
            (
                held.collection,
                held.practice,
                held.extract_id,
                held.extract_number,
                held.list_size,
                msgspec.json.encode(held.registers),
                msgspec.json.encode(_Paid(held.nation, held.qof_year, held.points)),
            )
            for held in newest.values()
        ]
        kept = await self._connection.exec_driver_sql(
            "INSERT INTO practice_achievements AS held"
            " (collection, practice, extract_id, extract_number, list_size, registers, body) SELECT * FROM"
            " unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::int[], $6::bytea[], $7::bytea[])"
            " ON CONFLICT (collection, practice) DO UPDATE SET extract_id = excluded.extract_id,"
            " extract_number = excluded.extract_number, list_size = excluded.list_size,"
            " registers = excluded.registers, body = excluded.body"
            " WHERE held.extract_number < excluded.extract_number RETURNING extract_id",
            columns(rows, 7),
        )
        ids = {row.extract_id for row in kept}
        return [achievement for achievement in newest.values() if achievement.extract_id in ids]

    async def of_practices(self, collection: str, practices: Sequence[str]) -> list[PracticeAchievement]:
        rows = await self._connection.exec_driver_sql(
            "SELECT practice, extract_id, extract_number, list_size, registers, body FROM practice_achievements"
            " WHERE collection = $1 AND practice = ANY($2::text[]) ORDER BY practice",
            (collection, list(practices)),
        )
        return [_achievement(collection, row) for row in rows]

    async def registers(self, collection: str) -> list[ReportedRegisters]:
        rows = await self._connection.exec_driver_sql(
            "SELECT practice, list_size, registers FROM practice_achievements WHERE collection = $1 ORDER BY practice",
            (collection,),
        )
        return list(map(ReportedRegisters._make, rows))

    async def completeness(self, collection: str) -> Completeness:
        rows = await self._connection.exec_driver_sql(
            "SELECT (SELECT count(*) FROM practices JOIN collections USING (nation) WHERE collection = $1)"
            " AS practices,"
            " (SELECT count(*) FROM practice_achievements WHERE collection = $1) AS achievements",
            (collection,),
        )
        row = rows.one()
        return Completeness(row.practices, row.achievements)


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
            " body) SELECT i, c, p, e, s, a::numeric, b FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[],"
            " $5::int[], $6::text[], $7::bytea[]) AS r(i, c, p, e, s, a, b)"
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
                    )
                    for entitlement in entitlements
                ],
                7,
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
            " ORDER BY extract_number DESC, snapshot_number DESC LIMIT 1",
            (collection, practice),
        )
        row = rows.first()
        return msgspec.json.decode(unpack(row.body), type=EntitlementCalculated) if row else None


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
