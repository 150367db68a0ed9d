"""How payments keeps the newest achievement of each practice and collection."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_payments.core.statement import PointsLine
from qof_payments.handlers.ports import Completeness, PracticeAchievement, ReportedRegisters
from qof_shared.contracts import AppliedDetermination
from qof_shared.db.columns import columns


class _Paid(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What lies in `practice_achievements.body`: what is paid, without what has a column of its own."""

    nation: str
    qof_year: str
    points: tuple[PointsLine, ...]
    services: tuple[str, ...] = ()
    unverified_indicators: tuple[str, ...] = ()
    determinations: tuple[AppliedDetermination, ...] = ()


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
        services=paid.services,
        unverified_indicators=paid.unverified_indicators,
        determinations=paid.determinations,
    )


def _paid(achievement: PracticeAchievement) -> _Paid:
    return _Paid(
        achievement.nation,
        achievement.qof_year,
        achievement.points,
        achievement.services,
        achievement.unverified_indicators,
        achievement.determinations,
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
                held.achievement_date,
                " ".join(held.unverified_indicators),
                msgspec.json.encode(_paid(held)),
            )
            for held in newest.values()
        ]
        kept = await self._connection.exec_driver_sql(
            "INSERT INTO practice_achievements AS held"
            " (collection, practice, extract_id, extract_number, list_size, registers, achievement_date,"
            " unverified_indicators, body) SELECT c, p, i, e, l, r, d, string_to_array(u, ' '), b FROM"
            " unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::int[], $6::bytea[], $7::date[],"
            " $8::text[], $9::bytea[])"
            " AS n(c, p, i, e, l, r, d, u, b)"
            " ON CONFLICT (collection, practice) DO UPDATE SET extract_id = excluded.extract_id,"
            " extract_number = excluded.extract_number, list_size = excluded.list_size,"
            " registers = excluded.registers, achievement_date = excluded.achievement_date,"
            " unverified_indicators = excluded.unverified_indicators, body = excluded.body"
            " WHERE held.extract_number < excluded.extract_number RETURNING extract_id",
            columns(rows, 9),
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
            "SELECT practice, list_size, registers, achievement_date FROM practice_achievements WHERE collection = $1"
            " ORDER BY practice",
            (collection,),
        )
        return list(map(ReportedRegisters._make, rows))

    async def unverified_indicators(self, collection: str) -> list[str]:
        rows = await self._connection.exec_driver_sql(
            "SELECT DISTINCT unnest(unverified_indicators) AS indicator FROM practice_achievements"
            " WHERE collection = $1 ORDER BY indicator",
            (collection,),
        )
        return [row.indicator for row in rows]

    async def completeness(self, collection: str) -> Completeness:
        rows = await self._connection.exec_driver_sql(
            "SELECT (SELECT count(*) FROM practices JOIN collections USING (nation) WHERE collection = $1)"
            " AS practices,"
            " (SELECT count(*) FROM practice_achievements WHERE collection = $1) AS achievements",
            (collection,),
        )
        row = rows.one()
        return Completeness(row.practices, row.achievements)
