"""How achievements and rejections are written: one statement for a whole batch.

Rows go in by extract id, so that two workers whose batches share an extract wait for each other in one order.
"""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_calculator.handlers.ports import KeptAchievement
from qof_shared.contracts import ExtractRejected
from qof_shared.db.bodies import pack

KEPT_ACHIEVEMENTS = "SELECT extract_id AS id, body FROM achievements WHERE extract_id = ANY($1::uuid[])"
"""How the relay finds the data of `achievement.calculated.v1`: the bytes that are kept are the bytes that are told."""


class PostgresAchievements:
    """Results by extract. One that is there already stays: a message handled twice has one effect."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, achievements: Sequence[KeptAchievement]) -> list[KeptAchievement]:
        if not achievements:
            return []
        achievements = sorted(achievements, key=lambda achievement: achievement.extract_id)
        added = await self._connection.exec_driver_sql(
            "INSERT INTO achievements (extract_id, extract_number, collection, practice, ruleset, ruleset_digest,"
            " points, calculated_at, body)"
            " SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],"
            " $7::text[], $8::timestamptz[], $9::bytea[]) ON CONFLICT (extract_id) DO NOTHING RETURNING extract_id",
            (
                [achievement.extract_id for achievement in achievements],
                [achievement.extract_number for achievement in achievements],
                [achievement.collection for achievement in achievements],
                [achievement.practice for achievement in achievements],
                [achievement.ruleset for achievement in achievements],
                [achievement.ruleset_digest for achievement in achievements],
                [achievement.points for achievement in achievements],
                [achievement.calculated_at for achievement in achievements],
                [pack(achievement.body) for achievement in achievements],
            ),
        )
        ids = {row.extract_id for row in added}
        return [achievement for achievement in achievements if achievement.extract_id in ids]


class PostgresRejections:
    """Rejected extracts with their reasons."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, rejections: Sequence[ExtractRejected]) -> list[ExtractRejected]:
        if not rejections:
            return []
        rejections = sorted(rejections, key=lambda rejection: rejection.extract_id)
        added = await self._connection.exec_driver_sql(
            "INSERT INTO rejections (extract_id, extract_number, collection, practice, rejected_at, body)"
            " SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::bytea[])"
            " ON CONFLICT (extract_id) DO NOTHING RETURNING extract_id",
            (
                [rejection.extract_id for rejection in rejections],
                [rejection.extract_number for rejection in rejections],
                [rejection.collection for rejection in rejections],
                [rejection.practice for rejection in rejections],
                [rejection.rejected_at for rejection in rejections],
                [pack(msgspec.json.encode(rejection)) for rejection in rejections],
            ),
        )
        ids = {row.extract_id for row in added}
        return [rejection for rejection in rejections if rejection.extract_id in ids]


class PostgresDescribedRulesets:
    """Rule sets whose words were told.

    `known` are digests that some process was seen to have told of and committed; a process keeps them as long as it
    runs, so that it asks once for a rule set and not once for a batch.
    """

    def __init__(self, connection: AsyncConnection, known: set[str]) -> None:
        self._connection = connection
        self._known = known

    async def add(self, rulesets: Mapping[str, str]) -> list[str]:
        rulesets = {name: digest for name, digest in rulesets.items() if digest not in self._known}
        if not rulesets:
            return []
        added = await self._connection.exec_driver_sql(
            "INSERT INTO described_rulesets (ruleset, ruleset_digest) SELECT * FROM unnest($1::text[], $2::text[])"
            " ON CONFLICT (ruleset_digest) DO NOTHING RETURNING ruleset",
            (list(rulesets), list(rulesets.values())),
        )
        new = [row.ruleset for row in added]
        # What this transaction adds is not committed yet, and may never be.
        self._known.update(digest for name, digest in rulesets.items() if name not in new)
        return new
