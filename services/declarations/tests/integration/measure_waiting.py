"""What do waiting and comparing cost? Prints, never asserts.

    eval "$(.venv/bin/python -m qof_local servers env)"
    .venv/bin/python services/declarations/tests/integration/measure_waiting.py

A look at the queue with 9,000 and 100,000 waiting; a nation of 9,000 practices with 100 indicators measured; and what
an extract costs more for it: its number, its summary, its place in the index of those that wait.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from measure import points, pounds
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.summaries import write_content
from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.adapters.waiting import read_queue
from qof_declarations.core.distribution import NATION
from qof_declarations.core.report import build_report
from qof_declarations.core.summary import IndicatorSummary, Summary, summary_of
from qof_declarations.handlers.comparing import measure_distributions
from qof_declarations.handlers.figures import record_achievements
from qof_declarations.handlers.report_rows import QUICKLY
from qof_declarations.handlers.waiting import record_received
from qof_declarations.testing.builders import make_achievement, make_received
from qof_shared.contracts import AchievementCalculated, EntitlementCalculated
from qof_shared.db.engine import create_engine
from qof_shared.db.migrate import migrate
from qof_shared.process import settle_memory

NOW = datetime.now(UTC)

COUNT = """
SELECT count(*) FROM figures WHERE collection = $1 AND received_extract_number > coalesce(pounds_extract_number, 0)
AND received_extract_number > coalesce(rejected_extract_number, 0)
AND received_extract_number > coalesce(points_extract_number, 0) AND received_extract_number < $2
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


async def queue(engine: AsyncEngine, waiting: int) -> None:
    name = f"queue of {waiting}"
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO figures (collection, practice, received_extract_number, received_at)"
                " SELECT :name, 'P' || n, n, now() FROM generate_series(1, :waiting) AS n"
            ),
            {"name": name, "waiting": waiting},
        )
        await connection.execute(
            text(
                "INSERT INTO arrivals (collection, half, at, extracts) SELECT :name, 'points',"
                " now() - n * interval '50 milliseconds', 25 FROM generate_series(1, 6000) AS n"
            ),
            {"name": name},
        )
    async with engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE figures"))
    async with engine.connect() as connection:
        say(
            f"{name}: one position, an index-only count",
            await timed(lambda: connection.exec_driver_sql(COUNT, (name, waiting)), 30),
        )
        say(f"{name}: the look that answers everybody", await timed(lambda: read_queue(connection, name), 30))
        begun = time.process_time()
        await timed(lambda: read_queue(connection, name), 30)
        say(f"{name}: of it processor time of the process", [(time.process_time() - begun) / 30])


def summary(number: int) -> Summary:
    indicators = {
        f"IND{at:03}": IndicatorSummary(
            f"{(number * at) % 97}/7",
            "14",
            (number * at) % 400,
            400 + at,
            "partly",
            "GROUP",
            "fraction",
            420,
            9,
            at % 30,
        )
        for at in range(100)
    }
    registers = {f"REGISTER{at}": 100 + number % 50 for at in range(24)}
    return Summary(7000 + number % 900, f"{900 + number % 90}/1", "1000", f"{number}.50", registers, indicators)


async def nation(engine: AsyncEngine, practices: int = 9000) -> None:
    rows = [(f"P{number:05}", write_content(summary(number)), f"{number}.50") for number in range(practices)]
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO practices SELECT p, p, 'england', 'C' || n % 42, 1 FROM unnest($1::text[]) WITH ORDINALITY AS"
            " u(p, n)",
            ([row[0] for row in rows],),
        )
        await connection.exec_driver_sql(
            "INSERT INTO report_summaries SELECT 'nation', p, 1, 7000, '900', '1000', d, b"
            " FROM unnest($1::text[], $2::bytea[], $3::text[]) AS u(p, b, d)",
            tuple([row[at] for row in rows] for at in range(3)),
        )
        await connection.exec_driver_sql(
            "INSERT INTO figures (collection, practice, version) SELECT 'nation', p, 1 FROM unnest($1::text[]) AS p",
            ([row[0] for row in rows],),
        )
    sys.stdout.write(f"a summary of 100 indicators, packed: {len(rows[1][1]):,} bytes\n")

    async def measure() -> None:
        async with DeclarationsUnitOfWork(engine) as uow:
            assert await measure_distributions("nation", uow=uow, now=NOW)
            await uow.commit()

    begun = time.process_time()
    say(f"{practices} practices x 100 indicators measured, 43 rows kept", await timed(measure, 3))
    say("of it processor time of the process", [(time.process_time() - begun) / 3])

    async def read() -> None:
        async with DeclarationsUnitOfWork(engine) as uow:
            assert await uow.distributions.of("nation", "C1")
            assert await uow.distributions.of("nation", NATION)

    say("two rows read for a page", await timed(read, 50))


def one_report() -> None:
    settle_memory()
    halves = [
        (points(number).content(AchievementCalculated), pounds(number).content(EntitlementCalculated))
        for number in range(100)
    ]
    built, summed, written = [], [], []
    for _ in range(12):
        begun = time.process_time()
        reports = [build_report(*one, writing=QUICKLY) for one in halves]
        built.append(time.process_time() - begun)
        documents = [json.loads(one.document) for one in reports]
        begun = time.process_time()
        summaries = [summary_of(one) for one in documents]
        summed.append(time.process_time() - begun)
        begun = time.process_time()
        for one in summaries:
            write_content(one)
        written.append(time.process_time() - begun)
    say("a report of 148 indicators built, its summary included", [min(built)], 100, "us")
    say("its summary", [min(summed)], 100, "us")
    say("the summary written and packed", [min(written)], 100, "us")


async def extracts(engine: AsyncEngine, batch: int = 100, rounds: int = 20) -> None:
    """Points of new extracts, with and without their numbers before them."""
    number = 0

    async def told(*, is_received: bool) -> None:
        nonlocal number
        number += 1
        names = [f"{'R' if is_received else 'N'}{number}x{one}" for one in range(batch)]
        if is_received:
            begun = time.perf_counter(), time.process_time()
            async with DeclarationsUnitOfWork(engine) as uow:
                await record_received([make_received(*((one, number) for one in names))], uow=uow)
                await uow.commit()
            received.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
        events = [make_achievement(one, number) for one in names]
        begun = time.perf_counter(), time.process_time()
        async with DeclarationsUnitOfWork(engine) as uow:
            await record_achievements(events, uow=uow, now=datetime.now(UTC))
            await uow.commit()
        (after if is_received else alone).append((time.perf_counter() - begun[0], time.process_time() - begun[1]))

    received: list[tuple[float, float]] = []
    after: list[tuple[float, float]] = []
    alone: list[tuple[float, float]] = []
    for _ in range(rounds):
        await told(is_received=True)
        await told(is_received=False)
    for name, taken in (
        ("number recorded, of an extract", received),
        ("points recorded after it", after),
        ("points recorded without it", alone),
    ):
        clock, processor = zip(*taken, strict=True)
        say(f"{name}, on the clock", clock, batch, "us")
        say(f"{name}, of this process", processor, batch, "us")


async def main(server: str) -> None:
    name = f"measure_declarations_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(server)
    try:
        await admin.execute(f'CREATE DATABASE "{name}"')
        url = urlsplit(server)._replace(path=f"/{name}").geturl()
        await migrate("qof_declarations", url)
        engine = create_engine(url)
        one_report()
        await extracts(engine)
        for waiting in (9_000, 100_000):
            await queue(engine, waiting)
        await nation(engine)
        await engine.dispose()
    finally:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()


if __name__ == "__main__":
    asyncio.run(main(os.environ["QOF_TEST_POSTGRES_URL"]))
