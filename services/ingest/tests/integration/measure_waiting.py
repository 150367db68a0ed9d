"""What does it cost to know who waits? Prints, never asserts.

    eval "$(.venv/bin/python -m qof_local servers env)"
    .venv/bin/python services/ingest/tests/integration/measure_waiting.py

The look that answers everybody in a process, with 9,000 and 100,000 waiting; and what an extract costs more for it:
its row when it is kept, and the row's end with its outcome.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from measure_determinations import submissions
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.adapters import repositories
from qof_ingest.adapters.repositories import PostgresExtracts
from qof_ingest.adapters.unit_of_work import IngestUnitOfWork
from qof_ingest.adapters.waiting import FIND, PostgresQueues, read_queue
from qof_ingest.core.waiting import place_of
from qof_shared.db.engine import create_engine
from qof_shared.db.migrate import migrate

ROUNDS, GROUP = 60, 64
SUPPLIERS = 4
NOTHING = "nothing AS (SELECT)"
FILL = """
INSERT INTO waiting SELECT $1, n, 'supplier ' || n % $2::int FROM generate_series(1, $3::int) AS n
"""
ARRIVE = """
INSERT INTO arrivals (collection, at, extracts)
SELECT $1, now() - n * interval '50 milliseconds', 25 FROM generate_series(1, 6000) AS n
"""


def say(name: str, seconds: Sequence[float], per: int = 1, unit: str = "ms") -> None:
    scale = 1e3 if unit == "ms" else 1e6
    sys.stdout.write(f"{name:66} {median(seconds) / per * scale:9.2f} {unit}\n")


async def timed(work: Callable[[], Awaitable[object]], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - begun)
    return taken


async def looks(engine: AsyncEngine, waiting: int) -> None:
    name = f"queue of {waiting}"
    async with engine.begin() as connection:
        await connection.exec_driver_sql(FILL, (name, SUPPLIERS, waiting))
        await connection.exec_driver_sql(ARRIVE, (name,))
    async with engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).exec_driver_sql("VACUUM ANALYZE")
    async with engine.connect() as connection:
        say(f"{name}: the look that answers everybody", await timed(lambda: read_queue(connection, name), 30))
        begun = time.process_time()
        await timed(lambda: read_queue(connection, name), 30)
        say(f"{name}: of it processor time of the process", [(time.process_time() - begun) / 30])
        queue = await read_queue(connection, name)
        begun = time.perf_counter()
        for number in range(1, 1001):
            place_of(number * waiting // 1000, queue)
        say(f"{name}: one place and its times, from that look", [(time.perf_counter() - begun) / 1000], unit="us")
        say(f"{name}: one extract found", await timed(lambda: connection.exec_driver_sql(FIND, (uuid4(), "x")), 100))
    queues = PostgresQueues(engine)
    begun = time.perf_counter()
    await asyncio.gather(*(queues.look(name) for _ in range(10_000)))
    say(f"{name}: 10,000 who ask at once, together", [time.perf_counter() - begun])


async def extracts(engine: AsyncEngine) -> None:
    """Groups kept in turns with their rows and without, and their outcome."""
    kept = PostgresExtracts(engine)
    statement = repositories.NOW_WAIT
    taken: dict[bool, list[float]] = {True: [], False: []}
    out: list[float] = []
    for _ in range(ROUNDS):
        for waits in (True, False):
            group = submissions(GROUP)
            with patch.object(repositories, "NOW_WAIT", statement if waits else NOTHING):
                begun = time.perf_counter()
                await kept.keep(group)
                taken[waits].append(time.perf_counter() - begun)
            if waits:
                begun = time.perf_counter()
                async with IngestUnitOfWork(engine) as uow:
                    await uow.waiting.come_out([one.extract_id for one in group], datetime.now(UTC))
                    out.append(time.perf_counter() - begun)
                    await uow.commit()
    say(f"an extract in a group of {GROUP} kept, without its row", taken[False], GROUP, "us")
    say(f"an extract in a group of {GROUP} kept, with its row", taken[True], GROUP, "us")
    say(f"an extract in a batch of {GROUP} leaves the queue, without the commit", out, GROUP, "us")
    await kept.close()


async def main(server: str) -> None:
    name = f"measure_ingest_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(server)
    try:
        await admin.execute(f'CREATE DATABASE "{name}"')
        url = urlsplit(server)._replace(path=f"/{name}").geturl()
        await migrate("qof_ingest", url)
        engine = create_engine(url)
        await extracts(engine)
        for waiting in (9_000, 100_000):
            await looks(engine, waiting)
        await engine.dispose()
    finally:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()


if __name__ == "__main__":
    asyncio.run(main(os.environ["QOF_TEST_POSTGRES_URL"]))
