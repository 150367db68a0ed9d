"""What a person may see, asked of PostgreSQL: every query carries the scope it was made with."""
# ruff: noqa: S608 - statements are put together from this module's constants; values travel as parameters

from collections.abc import Mapping, Sequence
from typing import assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.adapters.determinations import DETERMINED
from qof_declarations.adapters.rows import determination_of, entry_of, standing_of, version_of
from qof_declarations.core.declaration import AuditEntry, ReportVersion
from qof_declarations.core.determination import Determination
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import EveryPractice, NamedPractices, NoPractice, OnePractice, PracticesOf, Scope
from qof_declarations.core.standing import Standing
from qof_declarations.handlers.ports import NationalFigures, PracticeKey
from qof_shared.contracts import CollectionRecord
from qof_shared.db.bodies import unpack

# The same decision as core.lifecycle.state_of; a test compares them.
STATE = (
    "CASE WHEN d.state IS NOT NULL THEN d.state WHEN f.version > 0 THEN 'awaiting-signature'"
    " WHEN f.points_extract_id IS NOT NULL THEN 'awaiting-national-figures' ELSE 'awaiting-extract' END"
)

IS_RECALCULATING = (
    "coalesce(f.version > 0 AND (f.points_extract_id IS DISTINCT FROM f.pounds_extract_id"
    " OR f.determinations <> f.points_determinations), false)"
)

_COLUMNS = (
    "SELECT k.collection, p.practice, p.name AS practice_name, p.commissioner, c.name AS commissioner_name,"
    " f.points AS newest_points,"
    f" {IS_RECALCULATING} AS is_recalculating,"
    " CASE WHEN f.rejected_extract_number > coalesce(f.points_extract_number, 0) THEN f.rejection END AS rejection,"
    " r.version, r.digest, r.points, r.pounds, r.extract_id, r.extract_number, r.entitlement_id, r.snapshot,"
    " r.published_at, d.declaration_id AS declared_declaration_id, d.version AS declared_version,"
    " d.digest AS declared_digest, d.entitlement_id AS declared_entitlement_id, d.points AS declared_points,"
    " d.pounds AS declared_pounds, d.state AS declared_state, d.statement, d.signed_by, d.signed_by_name,"
    " d.signed_at, d.protested, d.approved_by, d.approved_by_name, d.approved_at, d.finance_approved_by,"
    " d.finance_approved_by_name, d.finance_approved_at, k.sign_by,"
    " (SELECT count(*) FROM queries AS q WHERE q.collection = k.collection AND q.practice = p.practice"
    " AND NOT EXISTS (SELECT FROM query_resolutions AS z WHERE z.query_id = q.query_id)) AS open_queries,"
    " i.instruction_id, i.pounds AS instructed_pounds, i.instructed_at"
)

_FROM = (
    " FROM practices AS p JOIN collections AS k ON k.collection = $1 AND k.nation = p.nation"
    " LEFT JOIN commissioners AS c ON c.commissioner = p.commissioner"
    " LEFT JOIN figures AS f ON f.collection = k.collection AND f.practice = p.practice"
    " LEFT JOIN reports AS r ON r.collection = f.collection AND r.practice = f.practice AND r.version = f.version"
    " LEFT JOIN declarations AS d ON d.declaration_id = f.declaration_id"
    " LEFT JOIN instructions AS i ON i.declaration_id = d.declaration_id"
    " WHERE "
)

_STANDINGS = _COLUMNS + _FROM


def condition(scope: Scope) -> tuple[str, str | list[str]]:
    """The scope as SQL on `practices AS p`, and the value of its parameter $2."""
    match scope:
        case OnePractice(practice):
            return "p.practice = $2::text", practice
        case PracticesOf(commissioner):
            return "p.commissioner = $2::text", commissioner
        case NamedPractices(practices):
            return "p.practice = ANY($2::text[])", list(practices)
        case EveryPractice():
            return "$2::text = ''", ""
        case NoPractice():
            return "$2::text <> ''", ""
    assert_never(scope)


async def standings_of(
    connection: AsyncConnection, scope: Scope, collection: str, practices: Sequence[str]
) -> list[Standing]:
    """Where these practices stand, in the order given; what lies outside the scope is missing."""
    in_scope, who = condition(scope)
    rows = await connection.exec_driver_sql(
        f"{_STANDINGS} {in_scope} AND p.practice = ANY($3::text[])", (collection, who, list(practices))
    )
    found = {row.practice: standing_of(row) for row in rows}
    return [found[practice] for practice in practices if practice in found]


class PostgresStandings:
    """Standings within `scope`, and nothing else; there is no way to make one without."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope
        self._in_scope, self._who = condition(scope)
        self._read: tuple[str, str, int, bytes] | None = None
        """The newest document of the practice that was locked, or found with it: that is read next."""

    async def find(self, collection: str, practice: str, *, with_document: bool = False) -> Standing | None:
        columns = f"{_COLUMNS}, r.document" if with_document else _COLUMNS
        rows = await self._connection.exec_driver_sql(
            f"{columns}{_FROM}{self._in_scope} AND p.practice = $3", (collection, self._who, practice)
        )
        row = rows.first()
        if with_document and row is not None and row.version is not None:
            self._read = collection, practice, row.version, row.document
        return standing_of(row) if row else None

    async def lock(self, collection: str, practice: str) -> Standing | None:
        # Two statements on purpose: one that locks and joins would, after waiting, show the practice's new row
        # beside its old report, because the other tables are read as they were before the wait.
        await self._connection.exec_driver_sql(
            "SELECT FROM figures AS f JOIN practices AS p USING (practice)"
            f" WHERE f.collection = $1 AND {self._in_scope} AND p.practice = $3 FOR UPDATE OF f",
            (collection, self._who, practice),
        )
        rows = await self._connection.exec_driver_sql(
            f"{_COLUMNS}, r.document{_FROM}{self._in_scope} AND p.practice = $3", (collection, self._who, practice)
        )
        row = rows.first()
        if row is None:
            return None
        if row.version is not None:
            self._read = collection, practice, row.version, row.document
        return standing_of(row)

    async def lock_free(self, collection: str, practices: Sequence[str]) -> list[Standing]:
        # Two statements, for the reason that `lock` has. Nobody is waited for, so nobody can be waited for in a circle.
        rows = await self._connection.exec_driver_sql(
            "SELECT f.practice FROM figures AS f JOIN practices AS p USING (practice)"
            f" WHERE f.collection = $1 AND {self._in_scope} AND f.practice = ANY($3::text[])"
            " FOR UPDATE OF f SKIP LOCKED",
            (collection, self._who, list(practices)),
        )
        return await standings_of(self._connection, self._scope, collection, [row.practice for row in rows])

    async def practice_of(self, declaration_id: UUID) -> PracticeKey | None:
        rows = await self._connection.exec_driver_sql(
            "SELECT d.collection, d.practice FROM declarations AS d JOIN practices AS p USING (practice)"
            f" WHERE d.declaration_id = $1 AND {self._in_scope}",
            (declaration_id, self._who),
        )
        row = rows.first()
        return (row.collection, row.practice) if row else None

    async def lock_declared(self, collection: str, declaration_ids: Sequence[UUID]) -> dict[UUID, Standing]:
        # In the order in which reports are published, so that both wait for each other instead of deadlocking; and
        # two statements, for the reason that `lock` has.
        rows = await self._connection.exec_driver_sql(
            "SELECT f.practice FROM figures AS f JOIN practices AS p USING (practice)"
            f" WHERE f.collection = $1 AND {self._in_scope} AND f.practice IN"
            " (SELECT practice FROM declarations WHERE collection = $1 AND declaration_id = ANY($3::uuid[]))"
            " ORDER BY f.practice FOR UPDATE OF f",
            (collection, self._who, list(declaration_ids)),
        )
        locked = [row.practice for row in rows]
        found = {one.practice: one for one in await standings_of(self._connection, self._scope, collection, locked)}
        rows = await self._connection.exec_driver_sql(
            "SELECT declaration_id, practice FROM declarations"
            " WHERE collection = $1 AND declaration_id = ANY($2::uuid[])",
            (collection, list(declaration_ids)),
        )
        return {row.declaration_id: found[row.practice] for row in rows if row.practice in found}

    async def of_practices(self, collection: str, practices: Sequence[str]) -> list[Standing]:
        return await standings_of(self._connection, self._scope, collection, practices)

    async def count(self, collection: str) -> Mapping[State, int]:
        rows = await self._connection.exec_driver_sql(
            f"SELECT {STATE} AS state, count(*) AS practices FROM practices AS p"
            " JOIN collections AS k ON k.collection = $1 AND k.nation = p.nation"
            " LEFT JOIN figures AS f ON f.collection = $1 AND f.practice = p.practice"
            " LEFT JOIN declarations AS d ON d.declaration_id = f.declaration_id"
            f" WHERE {self._in_scope} GROUP BY 1",
            (collection, self._who),
        )
        return {State(row.state): row.practices for row in rows}

    async def versions(self, collection: str, practice: str) -> list[ReportVersion]:
        rows = await self._connection.exec_driver_sql(
            "SELECT r.version, r.digest, r.points, r.pounds, r.extract_id, r.extract_number, r.entitlement_id,"
            " r.snapshot, r.published_at FROM reports AS r JOIN practices AS p USING (practice)"
            f" WHERE r.collection = $1 AND {self._in_scope} AND p.practice = $3 ORDER BY r.version DESC",
            (collection, self._who, practice),
        )
        return [version_of(row) for row in rows]

    async def document(self, collection: str, practice: str, version: int) -> bytes | None:
        if self._read and self._read[:3] == (collection, practice, version):
            return unpack(self._read[3])
        rows = await self._connection.exec_driver_sql(
            "SELECT r.document FROM reports AS r JOIN practices AS p USING (practice)"
            f" WHERE r.collection = $1 AND {self._in_scope} AND p.practice = $3 AND r.version = $4",
            (collection, self._who, practice, version),
        )
        row = rows.first()
        return unpack(row.document) if row else None

    async def documents(self, collection: str, versions: Mapping[str, int]) -> dict[str, bytes]:
        rows = await self._connection.exec_driver_sql(
            "SELECT r.practice, r.document FROM unnest($3::text[], $4::integer[]) AS n(practice, version)"
            " JOIN reports AS r ON r.collection = $1 AND r.practice = n.practice AND r.version = n.version"
            f" JOIN practices AS p ON p.practice = r.practice WHERE {self._in_scope}",
            (collection, self._who, list(versions.keys()), list(versions.values())),
        )
        return {row.practice: unpack(row.document) for row in rows}

    async def audit(self, collection: str, practices: Sequence[str]) -> list[AuditEntry]:
        rows = await self._connection.exec_driver_sql(
            "SELECT a.* FROM declaration_audit AS a JOIN practices AS p USING (practice)"
            f" WHERE a.collection = $1 AND {self._in_scope} AND p.practice = ANY($3::text[]) ORDER BY a.audit_id",
            (collection, self._who, list(practices)),
        )
        return [entry_of(row) for row in rows]

    async def determinations(self, collection: str, practices: Sequence[str]) -> list[Determination]:
        rows = await self._connection.exec_driver_sql(
            f"SELECT {DETERMINED} JOIN practices AS p USING (practice)"
            f" WHERE d.collection = $1 AND {self._in_scope} AND p.practice = ANY($3::text[])"
            " ORDER BY d.at DESC, d.determination_id",
            (collection, self._who, list(practices)),
        )
        return [determination_of(row) for row in rows]

    async def collections(self) -> list[CollectionRecord]:
        rows = await self._connection.exec_driver_sql(
            "SELECT k.collection, k.nation, k.qof_year, k.achievement_date, k.sign_by FROM collections AS k"
            " WHERE EXISTS (SELECT FROM practices AS p WHERE p.nation = k.nation"
            f" AND {self._in_scope.replace('$2', '$1')})"
            " ORDER BY k.achievement_date DESC, k.collection DESC",
            (self._who,),
        )
        return [CollectionRecord(**row._mapping) for row in rows]

    async def collection_exists(self, collection: str) -> bool:
        rows = await self._connection.exec_driver_sql("SELECT 1 FROM collections WHERE collection = $1", (collection,))
        return rows.first() is not None

    async def national_figures(self, collection: str) -> NationalFigures | None:
        rows = await self._connection.exec_driver_sql(
            "SELECT collection, snapshot_id, name, digest, practices, reason, frozen_at FROM national_figures"
            " WHERE collection = $1 ORDER BY frozen_at DESC LIMIT 1",
            (collection,),
        )
        row = rows.first()
        return NationalFigures(*tuple(row)) if row else None
