"""How queries are kept: append-only rows, read and written within a scope."""
# ruff: noqa: S608 - statements are put together from this module's constants; values travel as parameters

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.adapters.standings import condition
from qof_declarations.core.attachment import Attachment, MediaType
from qof_declarations.core.declaration import Actor
from qof_declarations.core.permissions import Scope
from qof_declarations.core.query import Query, QueryState, Resolution
from qof_shared.db.columns import columns

# A list that holds every open query of a collection once, for standings and work lists to join.
OPEN_QUERIES = (
    "SELECT q.practice, count(*) AS open_queries FROM queries AS q"
    " LEFT JOIN query_resolutions AS z USING (query_id)"
    " WHERE q.collection = $1 AND z.query_id IS NULL GROUP BY q.practice"
)


class PostgresQueries:
    """Queries within `scope`, and nothing else; there is no way to make one without."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._in_scope, self._who = condition(scope)

    async def of_practice(self, collection: str, practice: str) -> list[Query]:
        attached = await self._connection.exec_driver_sql(
            "SELECT t.query_id, t.name, t.media_type, t.size, t.digest FROM query_attachments AS t"
            " JOIN queries AS q USING (query_id) JOIN practices AS p USING (practice)"
            f" WHERE q.collection = $1 AND {self._in_scope} AND p.practice = $3 ORDER BY t.query_id, t.position",
            (collection, self._who, practice),
        )
        attachments: dict[UUID, list[Attachment]] = {}
        for row in attached:
            attachments.setdefault(row.query_id, []).append(_attachment_of(row))
        rows = await self._connection.exec_driver_sql(
            "SELECT q.*, z.state, z.text, z.determination_id, z.person AS resolved_by, z.name AS resolved_by_name,"
            " z.role AS resolved_by_role, z.at AS resolved_at FROM queries AS q JOIN practices AS p USING (practice)"
            " LEFT JOIN query_resolutions AS z USING (query_id)"
            f" WHERE q.collection = $1 AND {self._in_scope} AND p.practice = $3 ORDER BY q.number DESC",
            (collection, self._who, practice),
        )
        return [_query_of(row, attachments.get(row.query_id, [])) for row in rows]

    async def record(self, query: Query, contents: Sequence[bytes]) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO queries (query_id, collection, practice, number, version, indicators, comment, evidence,"
            " person, name, role, at) SELECT $3::uuid, $1, p.practice, $5::integer, $6::integer, $7, $8, $9, $10, $11,"
            f" $12, $13::timestamptz FROM practices AS p WHERE {self._in_scope} AND p.practice = $4",
            (
                query.collection,
                self._who,
                query.query_id,
                query.practice,
                query.number,
                query.version,
                "\n".join(query.indicators),
                query.comment,
                query.evidence,
                query.actor.person,
                query.actor.name,
                query.actor.role,
                query.at,
            ),
        )
        rows = [
            (query.query_id, position, one.name, one.media_type.value, one.size, one.digest, content)
            for position, (one, content) in enumerate(zip(query.attachments, contents, strict=True))
        ]
        if rows:
            await self._connection.exec_driver_sql(
                "INSERT INTO query_attachments (query_id, position, name, media_type, size, digest, content)"
                " SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::integer[], $6::text[],"
                " $7::bytea[])",
                columns(rows, 7),
            )

    async def resolve(self, query: Query) -> None:
        resolution = query.resolution
        assert resolution is not None, "it says how the query ended"
        await self._connection.exec_driver_sql(
            "INSERT INTO query_resolutions (query_id, state, text, determination_id, person, name, role, at)"
            " SELECT q.query_id, $3, $4, $5::uuid, $6, $7, $8, $9::timestamptz FROM queries AS q"
            f" JOIN practices AS p USING (practice) WHERE q.query_id = $1 AND {self._in_scope}",
            (
                query.query_id,
                self._who,
                resolution.state.value,
                resolution.text,
                resolution.determination_id,
                resolution.actor.person,
                resolution.actor.name,
                resolution.actor.role,
                resolution.at,
            ),
        )

    async def content(
        self, collection: str, practice: str, query_id: UUID, position: int
    ) -> tuple[Attachment, bytes] | None:
        rows = await self._connection.exec_driver_sql(
            "SELECT t.* FROM query_attachments AS t JOIN queries AS q USING (query_id)"
            f" JOIN practices AS p USING (practice) WHERE q.collection = $1 AND {self._in_scope} AND p.practice = $3"
            " AND t.query_id = $4 AND t.position = $5",
            (collection, self._who, practice, query_id, position),
        )
        row = rows.first()
        return (_attachment_of(row), bytes(row.content)) if row else None


def _attachment_of(row: Row[Any]) -> Attachment:
    return Attachment(row.name, MediaType(row.media_type), row.size, row.digest)


def _query_of(row: Row[Any], attachments: Sequence[Attachment]) -> Query:
    return Query(
        query_id=row.query_id,
        collection=row.collection,
        practice=row.practice,
        number=row.number,
        version=row.version,
        indicators=tuple(row.indicators.splitlines()),
        comment=row.comment,
        evidence=row.evidence,
        attachments=tuple(attachments),
        actor=Actor(row.person, row.name, row.role),
        at=row.at,
        resolution=(
            Resolution(
                QueryState(row.state),
                row.text,
                Actor(row.resolved_by, row.resolved_by_name, row.resolved_by_role),
                row.resolved_at,
                row.determination_id,
            )
            if row.state is not None
            else None
        ),
    )
