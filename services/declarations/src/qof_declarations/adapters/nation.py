"""How the country is counted in PostgreSQL: one statement for each question, each with its scope."""
# ruff: noqa: S608 - statements are put together from this module's constants; values travel as parameters

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.adapters.determinations import DETERMINED
from qof_declarations.adapters.rows import determination_of
from qof_declarations.adapters.standings import STATE, condition
from qof_declarations.core.lifecycle import AUDIT_KIND, Action, State
from qof_declarations.core.nation import CommissionerProgress, SupplierProgress
from qof_declarations.core.permissions import Scope
from qof_declarations.core.standing import UNSIGNED_STATES
from qof_declarations.handlers.nation_ports import Determined

_UNSIGNED = ", ".join(f"'{state}'" for state in sorted(UNSIGNED_STATES))

_BY_COMMISSIONER = (
    f"WITH listed AS (SELECT p.commissioner, {STATE} AS state, k.sign_by < $3 AS is_over"
    " FROM practices AS p JOIN collections AS k ON k.collection = $1 AND k.nation = p.nation"
    " LEFT JOIN figures AS f ON f.collection = k.collection AND f.practice = p.practice"
    " LEFT JOIN declarations AS d ON d.declaration_id = f.declaration_id WHERE {in_scope})"
    " SELECT n.commissioner, c.name, n.state, count(*) AS practices,"
    f" count(*) FILTER (WHERE n.is_over AND n.state IN ({_UNSIGNED})) AS late"
    " FROM listed AS n LEFT JOIN commissioners AS c USING (commissioner)"
    " GROUP BY n.commissioner, c.name, n.state ORDER BY n.commissioner"
)

_BY_SUPPLIER = (
    "SELECT p.supplier, count(*) AS practices,"
    # An earlier release was not told of extracts before their points were there.
    " count(coalesce(f.received_extract_number, f.points_extract_number, f.rejected_extract_number)) AS received,"
    " count(f.points_extract_id) AS calculated, count(*) FILTER (WHERE f.version > 0) AS reported,"
    " count(*) FILTER (WHERE f.rejected_extract_number > coalesce(f.points_extract_number, 0)) AS rejected"
    " FROM practices AS p JOIN collections AS k ON k.collection = $1 AND k.nation = p.nation"
    " LEFT JOIN figures AS f ON f.collection = k.collection AND f.practice = p.practice"
    " WHERE {in_scope} GROUP BY p.supplier ORDER BY p.supplier"
)

_SIGNED = (
    "SELECT date_trunc('hour', a.at, 'UTC') AS hour, count(*) AS signed"
    " FROM declaration_audit AS a JOIN practices AS p USING (practice)"
    " WHERE a.collection = $1 AND {in_scope} AND a.kind = $3 AND a.at >= $4 GROUP BY 1"
)

_STANDING = (
    "SELECT DISTINCT ON (d.practice, d.indicator, d.determines)"
    f"{DETERMINED} WHERE d.collection = $1 ORDER BY d.practice, d.indicator, d.determines, d.revision DESC"
)


class PostgresNation:
    """Counts over the practices within `scope`; there is no way to make one without."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._in_scope, self._who = condition(scope)

    async def by_commissioner(self, collection: str, *, today: date) -> list[CommissionerProgress]:
        rows = await self._connection.exec_driver_sql(
            _BY_COMMISSIONER.format(in_scope=self._in_scope), (collection, self._who, today)
        )
        states: dict[tuple[str, str | None], dict[State, int]] = defaultdict(dict)
        late: dict[str, int] = defaultdict(int)
        for row in rows:
            states[row.commissioner, row.name][State(row.state)] = row.practices
            late[row.commissioner] += row.late
        return [CommissionerProgress(code, name, counts, late[code]) for (code, name), counts in states.items()]

    async def by_supplier(self, collection: str) -> list[SupplierProgress]:
        rows = await self._connection.exec_driver_sql(
            _BY_SUPPLIER.format(in_scope=self._in_scope), (collection, self._who)
        )
        return [SupplierProgress(*tuple(row)) for row in rows]

    async def signed_by_hour(self, collection: str, *, since: datetime) -> Mapping[datetime, int]:
        rows = await self._connection.exec_driver_sql(
            _SIGNED.format(in_scope=self._in_scope), (collection, self._who, AUDIT_KIND[Action.SIGN], since)
        )
        return {row.hour: row.signed for row in rows}

    async def determined(
        self, collection: str, *, search: str, after: tuple[str, str, str] | None, limit: int
    ) -> list[Determined]:
        rows = await self._connection.exec_driver_sql(
            f"SELECT d.*, p.name AS practice_name FROM ({_STANDING}) AS d JOIN practices AS p USING (practice)"
            f" WHERE {self._in_scope} AND d.withdrawn_by IS NULL"
            " AND ($3 = '' OR starts_with(lower(p.practice), $3) OR position($3 in lower(p.name)) > 0)"
            " AND (d.practice, d.indicator, d.determines) > ($4, $5, $6)"
            " ORDER BY d.practice, d.indicator, d.determines LIMIT $7",
            (collection, self._who, search.strip().lower(), *(after or ("", "", "")), limit),
        )
        return [Determined(determination_of(row), row.practice_name) for row in rows]

    async def count_determined(self, collection: str) -> int:
        rows = await self._connection.exec_driver_sql(
            f"SELECT count(*) FROM ({_STANDING}) AS d JOIN practices AS p USING (practice)"
            f" WHERE {self._in_scope} AND d.withdrawn_by IS NULL",
            (collection, self._who),
        )
        return int(rows.scalar_one())
