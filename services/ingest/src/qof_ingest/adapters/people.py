"""Who may see the running of the system? The others of a file of people have nothing to do here and are not kept."""

import asyncio
import json
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.adapters.availability import unavailable_told
from qof_shared.db.people import PostgresPeople, read_people, record_people
from qof_shared.people import SEES_OPERATIONS, Person


class KnownPeople(PostgresPeople):
    """People in ingest's database; raises UnavailableError where it is away."""

    async def by_token(self, token: str) -> Person | None:
        async with unavailable_told():
            return await super().by_token(token)

    async def by_person(self, person: str) -> Person | None:
        async with unavailable_told():
            return await super().by_person(person)


def names_people(file: Path) -> bool:
    """Is this a file of people and not a directory? Raises OSError; what is no JSON is for whoever reads it next."""
    try:
        document = json.loads(file.read_bytes())
    except ValueError:
        return False
    return isinstance(document, dict) and "people" in document


async def load_operators(engine: AsyncEngine, file: Path) -> str:
    """Record operators and the national team; returns a sentence. Raises PeopleFileError that names every fault."""
    people = read_people(await asyncio.to_thread(file.read_bytes))
    seeing = [(person, token) for person, token in people if person.role in SEES_OPERATIONS]
    async with engine.begin() as connection:
        await record_people(connection, seeing)
    return f"{file}: {len(seeing)} people recorded who may see the running of the system, of {len(people)}"
