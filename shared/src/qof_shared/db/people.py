"""Where a service keeps the people that act in it."""

from collections.abc import Sequence

from sqlalchemy import Column, MetaData, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from qof_shared.people import Person, Role, token_digest

PEOPLE_TABLE = """
CREATE TABLE people (
    person text PRIMARY KEY,
    name text NOT NULL,
    role text NOT NULL,
    organisation text NOT NULL,
    token_digest text NOT NULL UNIQUE
);
"""


def add_people_table(metadata: MetaData) -> None:
    """Add the people table to a service's metadata, so that the drift test sees it."""
    Table(
        "people",
        metadata,
        Column("person", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("organisation", Text, nullable=False),
        Column("token_digest", Text, nullable=False, unique=True),
    )


class PostgresPeople:
    """People in a service's own database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def by_token(self, token: str) -> Person | None:
        async with self._engine.connect() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT person, name, role, organisation FROM people WHERE token_digest = $1", (token_digest(token),)
            )
            row = rows.first()
        return Person(row.person, row.name, Role(row.role), row.organisation) if row else None


async def record_people(connection: AsyncConnection, people: Sequence[tuple[Person, str]]) -> None:
    """Record people with their tokens; a person already known is replaced. The caller commits."""
    await connection.exec_driver_sql(
        "INSERT INTO people (person, name, role, organisation, token_digest)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])"
        " ON CONFLICT (person) DO UPDATE SET name = excluded.name, role = excluded.role,"
        " organisation = excluded.organisation, token_digest = excluded.token_digest",
        (
            [person.person for person, _ in people],
            [person.name for person, _ in people],
            [person.role.value for person, _ in people],
            [person.organisation for person, _ in people],
            [token_digest(token) for _, token in people],
        ),
    )
