"""What is read and signed? The reports of an invented nation, and a declarer of each practice who is signed in.

One database is made for the bench, and copied for each run: nobody signs what another run has signed.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from tests.browser.figures import Year

from loadtests.benches.servers import new_database
from qof_declarations.bootstrap import create_consumers
from qof_local import directory
from qof_shared.contracts import Event
from qof_shared.db.engine import create_engine
from qof_shared.db.people import record_people
from qof_shared.messaging.topology import QUEUES
from qof_shared.people import Person, Role, token_digest

BATCH = 100
"""Events delivered at once, as a worker takes them."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A practice's declarer, signed in: what their requests carry."""

    practice: str
    person: str
    cookie: str
    csrf: str
    token: str
    digest: str
    """Of the practice's newest report."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A database of reports, and who reads them."""

    name: str
    collection: str
    readers: Sequence[Reader]


async def prepare(admin_url: str, practices: int) -> Prepared:
    """Make the database: a year of so many practices, all with their reports, nobody has signed."""
    year = Year(practices=practices)
    name, url = await new_database(admin_url, "qof_declarations")
    people = [_declarer(practice.practice) for practice in year.members]
    await _deliver(url, year)
    tokens = [secrets.token_hex(16) for _ in people]
    engine = create_engine(url, pool_size=1)
    try:
        async with engine.begin() as connection:
            await record_people(connection, list(zip(people, tokens, strict=True)))
    finally:
        await engine.dispose()
    database = await asyncpg.connect(url)
    try:
        digests: dict[str, str] = {
            row["practice"]: row["digest"] for row in await database.fetch("SELECT practice, digest FROM figures")
        }
        readers = [
            Reader(
                practice=person.organisation,
                person=person.person,
                cookie=secrets.token_urlsafe(32),
                csrf=secrets.token_urlsafe(32),
                token=token,
                digest=digests[person.organisation],
            )
            for person, token in zip(people, tokens, strict=True)
        ]
        await _sign_in(database, readers)
        await database.execute("VACUUM ANALYZE")
    finally:
        await database.close()
    return Prepared(name, year.collection, readers)


def _declarer(practice: str) -> Person:
    return Person(directory.declarer(practice), f"Dilys Declarer of {practice}", Role.PRACTICE_DECLARER, practice)


async def _deliver(url: str, year: Year) -> None:
    engine = create_engine(url, pool_size=1)
    consumers = create_consumers(engine)
    queues = {key: queue.name for queue in QUEUES if queue.service == "declarations" for key in queue.routing_keys}
    try:
        for batch in _batches(year):
            await consumers[queues[batch[0].name]](queues[batch[0].name], batch)
    finally:
        await engine.dispose()


def _batches(year: Year) -> Iterator[list[Event]]:
    for event in (*year.opening(), year.freeze()):
        yield [event]
    for start in range(0, year.practices, BATCH):
        points = [year.points(index) for index in range(start, min(start + BATCH, year.practices))]
        yield points
        yield [year.pounds(one) for one in points]


async def _sign_in(connection: "asyncpg.Connection[asyncpg.Record]", readers: Sequence[Reader]) -> None:
    now = datetime.now(UTC)
    await connection.executemany(
        "INSERT INTO sessions (session_digest, person, csrf, started_at, seen_at) VALUES ($1, $2, $3, $4, $4)",
        [(token_digest(reader.cookie), reader.person, reader.csrf, now) for reader in readers],
    )
