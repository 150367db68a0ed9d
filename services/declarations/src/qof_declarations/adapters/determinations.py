"""How determinations are kept: append-only rows, and beside each practice's figures which of them stand."""
# ruff: noqa: S608 - statements are put together from this module's constants; values travel as parameters

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.adapters.rows import determination_of
from qof_declarations.core.determination import Determination
from qof_declarations.core.lifecycle import State
from qof_shared.db.bodies import unpack
from qof_shared.db.columns import columns

DETERMINED = (
    " d.*, w.reason AS withdrawal_reason, w.person AS withdrawn_by, w.name AS withdrawn_by_name,"
    " w.role AS withdrawn_by_role, w.at AS withdrawn_at"
    " FROM determinations AS d LEFT JOIN determination_withdrawals AS w USING (determination_id)"
)

_NEWEST = (
    "SELECT DISTINCT ON (d.practice, d.indicator, d.determines)"
    f"{DETERMINED} WHERE d.collection = $1 AND d.practice = ANY($2::text[])"
    " ORDER BY d.practice, d.indicator, d.determines, d.revision DESC"
)

_AWAIT = (
    "UPDATE figures AS f SET determinations = coalesce(n.ids, '') FROM unnest($2::text[]) AS p(practice) LEFT JOIN ("
    "SELECT practice, string_agg(determination_id::text, ',' ORDER BY determination_id) AS ids"
    f" FROM ({_NEWEST}) AS newest WHERE withdrawn_by IS NULL GROUP BY practice) AS n USING (practice)"
    " WHERE f.collection = $1 AND f.practice = p.practice"
)


class PostgresDeterminations:
    """Determinations within a unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, collection: str, practices: Sequence[str]) -> Mapping[str, State | None]:
        asked = (collection, sorted(set(practices)))
        # A practice without figures has no row to be locked, so it gets one. New rows and old ones are locked in one
        # order, by one statement: an update of none locks what is there. The states are asked for after that: a
        # statement that locks and joins would show them as they were before it waited.
        await self._connection.exec_driver_sql(
            "INSERT INTO figures AS f (collection, practice) SELECT k.collection, p.practice"
            " FROM collections AS k JOIN practices AS p USING (nation)"
            " WHERE k.collection = $1 AND p.practice = ANY($2::text[]) ORDER BY p.practice"
            " ON CONFLICT (collection, practice) DO UPDATE SET practice = excluded.practice WHERE false",
            asked,
        )
        rows = await self._connection.exec_driver_sql(
            "SELECT f.practice, d.state FROM figures AS f LEFT JOIN declarations AS d USING (declaration_id)"
            " WHERE f.collection = $1 AND f.practice = ANY($2::text[])",
            asked,
        )
        return {row.practice: State(row.state) if row.state is not None else None for row in rows}

    async def newest(self, collection: str, practices: Sequence[str]) -> list[Determination]:
        rows = await self._connection.exec_driver_sql(_NEWEST, (collection, list(practices)))
        return [determination_of(row) for row in rows]

    async def record(self, made: Sequence[Determination]) -> None:
        rows = [
            (
                one.determination_id,
                one.collection,
                one.subject.practice,
                one.subject.indicator,
                one.subject.determines.value,
                one.revision,
                one.value,
                one.reason,
                one.actor.person,
                one.actor.name,
                one.actor.role,
                one.at,
            )
            for one in made
        ]
        await self._connection.exec_driver_sql(
            "INSERT INTO determinations (determination_id, collection, practice, indicator, determines, revision,"
            " value, reason, person, name, role, at)"
            " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[],"
            " $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[])",
            columns(rows, 12),
        )
        for collection in sorted({one.collection for one in made}):
            await self._await(collection, [one.subject.practice for one in made if one.collection == collection])

    async def withdraw(self, determination: Determination) -> None:
        withdrawal = determination.withdrawal
        assert withdrawal is not None, "it says who withdraws it, and why"
        await self._connection.exec_driver_sql(
            "INSERT INTO determination_withdrawals (determination_id, reason, person, name, role, at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            (
                determination.determination_id,
                withdrawal.reason,
                withdrawal.actor.person,
                withdrawal.actor.name,
                withdrawal.actor.role,
                withdrawal.at,
            ),
        )
        await self._await(determination.collection, [determination.subject.practice])

    async def _await(self, collection: str, practices: Sequence[str]) -> None:
        await self._connection.exec_driver_sql(_AWAIT, (collection, sorted(set(practices))))

    async def points_content(self, collection: str, practice: str) -> bytes | None:
        rows = await self._connection.exec_driver_sql(
            "SELECT points_content FROM figures WHERE collection = $1 AND points_content IS NOT NULL"
            " ORDER BY practice = $2 DESC, points_extract_number DESC LIMIT 1",
            (collection, practice),
        )
        row = rows.first()
        return unpack(row.points_content) if row else None
