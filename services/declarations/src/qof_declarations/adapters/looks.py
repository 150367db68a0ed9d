"""How looks at what was signed are kept: rows that are only ever added, at most one per person, version and hour."""
# ruff: noqa: S608 - statements are put together from this module's constants; values travel as parameters

from collections.abc import Sequence

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Integer, MetaData, PrimaryKeyConstraint, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.adapters.standings import condition
from qof_declarations.core.look import Look
from qof_declarations.core.permissions import Scope
from qof_shared.people import Role


def add_look_table(metadata: MetaData) -> None:
    """Add it to the service's metadata, so that the drift test sees it."""
    moment = DateTime(timezone=True)
    Table(
        "looks",
        metadata,
        Column("collection", Text, nullable=False),
        Column("practice", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("person", Text, nullable=False),
        Column("hour", moment, nullable=False),
        Column("name", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("organisation", Text, nullable=False),
        Column("at", moment, nullable=False),
        PrimaryKeyConstraint("collection", "practice", "version", "person", "hour"),
        ForeignKeyConstraint(
            ["collection", "practice", "version"], ["reports.collection", "reports.practice", "reports.version"]
        ),
    )


class PostgresLooks:
    """Looks within `scope`; there is no way to make one without."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._in_scope, self._who = condition(scope)

    async def keep(self, look: Look) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO looks (collection, practice, version, person, hour, name, role, organisation, at)"
            " SELECT $1, p.practice, $4, $5, $6, $7, $8, $9, $10 FROM practices AS p"
            f" WHERE {self._in_scope} AND p.practice = $3 ON CONFLICT DO NOTHING",
            (
                look.collection,
                self._who,
                look.practice,
                look.version,
                look.person,
                look.hour,
                look.name,
                look.role.value,
                look.organisation,
                look.at,
            ),
        )

    async def of_practice(self, collection: str, practice: str, limit: int) -> Sequence[Look]:
        rows = await self._connection.exec_driver_sql(
            "SELECT l.* FROM looks AS l JOIN practices AS p USING (practice)"
            f" WHERE l.collection = $1 AND {self._in_scope} AND p.practice = $3"
            " ORDER BY l.at DESC, l.person, l.version DESC LIMIT $4",
            (collection, self._who, practice, limit),
        )
        return [
            Look(
                row.collection,
                row.practice,
                row.version,
                row.person,
                row.name,
                Role(row.role),
                row.organisation,
                row.at,
            )
            for row in rows
        ]
