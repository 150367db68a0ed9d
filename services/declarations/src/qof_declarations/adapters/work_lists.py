"""How work lists are asked of PostgreSQL: which practices, in which order; every query carries its scope."""
# ruff: noqa: S608 - statements are put together from this module's constants; values travel as parameters

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.adapters.queries import OPEN_QUERIES
from qof_declarations.adapters.standings import STATE, condition, standings_of
from qof_declarations.core.paying import PaymentStep, Sum
from qof_declarations.core.permissions import Scope
from qof_declarations.core.standing import UNSIGNED_STATES, Standing
from qof_declarations.core.work_list import STATES_SHOWN, Choice, WorkFilter, WorkSort
from qof_declarations.handlers.query_ports import CollectionInBrief

_IS_LATE = "(sign_by < $3 AND state IN ({}))".format(", ".join(f"'{state}'" for state in sorted(UNSIGNED_STATES)))

# The same decisions as core.work_list.fits; a test compares them.
_FITS: Mapping[WorkFilter, str] = {
    **{
        chosen: "state IN ({})".format(", ".join(f"'{state}'" for state in sorted(states)))
        for chosen, states in STATES_SHOWN.items()
    },
    WorkFilter.QUERIED: "open_queries > 0",
    WorkFilter.LATE: _IS_LATE,
}

_KEYS: Mapping[WorkSort, str] = {
    WorkSort.PRACTICE: "0",
    WorkSort.NAME: 'lower(p.name) COLLATE "C"',
    WorkSort.POUNDS: "coalesce(-s.pounds::numeric, 'Infinity')",
    WorkSort.CHANGE: "coalesce(-abs(s.pounds::numeric - b.pounds::numeric), 'Infinity')",
    WorkSort.SIGNED: "coalesce(d.signed_at, 'infinity')",
}
"""What is sorted by, the smallest first."""

_LISTED = (
    f" {STATE} AS state, p.practice, p.name, k.sign_by, coalesce(o.open_queries, 0) AS open_queries"
    " FROM practices AS p JOIN collections AS k ON k.collection = $1 AND k.nation = p.nation"
    " LEFT JOIN figures AS f ON f.collection = k.collection AND f.practice = p.practice"
    " LEFT JOIN declarations AS d ON d.declaration_id = f.declaration_id"
    f" LEFT JOIN ({OPEN_QUERIES}) AS o ON o.practice = p.practice"
)

_BOTH_YEARS = (
    " LEFT JOIN reports AS s ON s.collection = f.collection AND s.practice = f.practice AND s.version = f.version"
    " LEFT JOIN figures AS g ON g.collection = $4::text AND g.practice = p.practice"
    " LEFT JOIN reports AS b ON b.collection = g.collection AND b.practice = g.practice AND b.version = g.version"
)

_IN_BRIEF = "SELECT b.collection, b.qof_year, b.sign_by FROM collections AS b"


class PostgresWorkLists:
    """Work lists within `scope`; there is no way to make one without."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope
        self._in_scope, self._who = condition(scope)

    async def page(
        self, collection: str, choice: Choice, *, previous: str | None, today: date, after: str, limit: int
    ) -> Sequence[Standing]:
        chosen = _FITS[choice.filter] if choice.filter else "true"
        # The place of the practice behind which the page starts is looked up, so that it is found in every order.
        rows = await self._connection.exec_driver_sql(
            f"WITH listed AS (SELECT {_KEYS[choice.sort]} AS key, {_LISTED} {_BOTH_YEARS} WHERE {self._in_scope})"
            f" SELECT practice FROM listed WHERE {chosen} AND $3::date IS NOT NULL AND $4::text IS NOT DISTINCT FROM $4"
            " AND ($5 = '' OR state = $5) AND ($6 = '' OR starts_with(lower(practice), $6)"
            " OR position($6 in lower(name)) > 0)"
            " AND ($7 = '' OR (key, practice) > (SELECT key, practice FROM listed WHERE practice = $7))"
            " ORDER BY key, practice LIMIT $8",
            (
                collection,
                self._who,
                today,
                previous,
                choice.state.value if choice.state else "",
                choice.search.strip().lower(),
                after,
                limit,
            ),
        )
        return await standings_of(self._connection, self._scope, collection, [row.practice for row in rows])

    async def counts(self, collection: str, *, today: date) -> Mapping[WorkFilter, int]:
        counted = ", ".join(f'count(*) FILTER (WHERE {fits}) AS "{chosen}"' for chosen, fits in _FITS.items())
        rows = await self._connection.exec_driver_sql(
            f"WITH listed AS (SELECT {_LISTED} WHERE {self._in_scope})"
            f" SELECT {counted} FROM listed WHERE $3::date IS NOT NULL",
            (collection, self._who, today),
        )
        found = rows.one()._mapping
        return {chosen: found[chosen.value] for chosen in WorkFilter}

    async def payments(self, collection: str) -> Mapping[PaymentStep, Sum]:
        rows = await self._connection.exec_driver_sql(
            "SELECT CASE WHEN i.declaration_id IS NOT NULL THEN 'instructed' ELSE d.state END AS step,"
            " count(*) AS practices, sum(coalesce(i.pounds, d.pounds)::numeric) AS pounds"
            " FROM practices AS p JOIN collections AS k ON k.collection = $1 AND k.nation = p.nation"
            " JOIN figures AS f ON f.collection = k.collection AND f.practice = p.practice"
            " JOIN declarations AS d ON d.declaration_id = f.declaration_id"
            " LEFT JOIN instructions AS i ON i.declaration_id = d.declaration_id"
            f" WHERE {self._in_scope} AND (i.declaration_id IS NOT NULL OR d.state = ANY($3::text[])) GROUP BY 1",
            (collection, self._who, [step.value for step in PaymentStep]),
        )
        return {PaymentStep(row.step): Sum(row.practices, row.pounds) for row in rows}

    async def collection(self, collection: str) -> CollectionInBrief | None:
        rows = await self._connection.exec_driver_sql(f"{_IN_BRIEF} WHERE b.collection = $1", (collection,))
        row = rows.first()
        return CollectionInBrief(*tuple(row)) if row else None

    async def previous(self, collection: str) -> CollectionInBrief | None:
        rows = await self._connection.exec_driver_sql(
            f"{_IN_BRIEF} JOIN collections AS k ON k.nation = b.nation"
            " AND left(b.qof_year, 4)::integer = left(k.qof_year, 4)::integer - 1"
            " WHERE k.collection = $1 ORDER BY b.achievement_date DESC, b.collection LIMIT 1",
            (collection,),
        )
        row = rows.first()
        return CollectionInBrief(*tuple(row)) if row else None
