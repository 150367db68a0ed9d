"""Where a service keeps the people that act in it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Column, MetaData, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from qof_shared.groups import Grouped
from qof_shared.http.problems import json_pointer
from qof_shared.people import WITHOUT_ORGANISATION, Person, Role, token_digest

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
    """People in a service's own database. Requests that ask at the same moment ask together."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._by_token = Grouped(partial(self._find, "token_digest"))
        self._by_person = Grouped(partial(self._find, "person"))

    async def by_token(self, token: str) -> Person | None:
        return await self._by_token.ask(token_digest(token))

    async def by_person(self, person: str) -> Person | None:
        return await self._by_person.ask(person)

    async def _find(self, column: str, values: Sequence[str]) -> list[Person | None]:
        async with self._engine.connect() as connection:
            rows = await connection.exec_driver_sql(
                f"SELECT {column} AS key, person, name, role, organisation FROM people"  # noqa: S608 - ours, from above
                f" WHERE {column} = ANY($1::text[])",
                (list(values),),
            )
            found = {row.key: Person(row.person, row.name, Role(row.role), row.organisation) for row in rows}
        return [found.get(value) for value in values]


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


class PeopleFileError(Exception):
    """A file of people cannot be loaded; the message names every fault with its place."""


class _PersonEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    person: str = Field(min_length=1, max_length=100)
    name: str = Field(min_length=1, max_length=200)
    role: Role
    organisation: str = Field(default="", max_length=20)
    token: str = Field(min_length=16, description="long and random; stored as SHA-256 only")

    @model_validator(mode="after")
    def _organisation_where_needed(self) -> "_PersonEntry":
        if self.role not in WITHOUT_ORGANISATION and not self.organisation:
            raise ValueError(f"a {self.role} belongs to an organisation; give its code")
        return self


class _PeopleFile(BaseModel):
    model_config = ConfigDict(extra="ignore")

    people: list[_PersonEntry]

    @model_validator(mode="after")
    def _nobody_twice(self) -> "_PeopleFile":
        for what in ("person", "token"):
            seen = Counter(getattr(entry, what) for entry in self.people)
            twice = [entry.person for entry in self.people if seen[getattr(entry, what)] > 1]
            if twice:
                raise ValueError(f"the same {what} stands twice, at {', '.join(sorted(set(twice)))}; give each its own")
        return self


def read_people(document: bytes) -> list[tuple[Person, str]]:
    """People with their tokens from JSON: `{"people": [{"person", "name", "role", "organisation", "token"}]}`.

    Raises PeopleFileError that names every fault.
    """
    try:
        file = _PeopleFile.model_validate_json(document)
    except ValidationError as error:
        faults = "; ".join(f"{json_pointer(fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise PeopleFileError(f"the people cannot be loaded: {faults}") from error
    return [(Person(e.person, e.name, e.role, e.organisation), e.token) for e in file.people]


async def load_people(engine: AsyncEngine, file: Path) -> str:
    """Record the people of a file; returns a sentence. Loading it again changes nothing."""
    people = read_people(await asyncio.to_thread(file.read_bytes))
    async with engine.begin() as connection:
        await record_people(connection, people)
    return f"{len(people)} people recorded"
