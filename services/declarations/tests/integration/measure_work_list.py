"""How long does a page of a nation's work list take, in every order and filter? Prints, never asserts.

eval "$(.venv/bin/python -m qof_local servers env)"
.venv/bin/python services/declarations/tests/integration/measure_work_list.py
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.work_list import Choice, WorkFilter, WorkSort
from qof_declarations.entrypoints.csv_text import csv_text
from qof_declarations.entrypoints.http_work_schemas import WORK_HEADER, work_rows
from qof_declarations.handlers.overseeing import list_all_work, list_reminders, list_work
from qof_declarations.testing.builders import (
    COLLECTION,
    NATIONAL,
    OURS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
)
from qof_declarations.testing.world import World
from qof_shared.contracts import AchievementCalculated, Event
from qof_shared.db.engine import create_engine
from qof_shared.db.migrate import migrate

PRACTICES, INDICATORS, ROUNDS = 9_000, 148, 15
LAST_YEAR = "england-2011-12"
TODAY = date(2013, 5, 1)

COPIES = (
    "INSERT INTO practices SELECT 'X' || n, 'Surgery ' || n, nation, commissioner, revision FROM practices,"
    f" generate_series(1, {PRACTICES}) AS n WHERE practice = '{OURS}'",
    "INSERT INTO reports SELECT collection, 'X' || n, version, digest, document, points, (n % 997)::text || '.05',"
    " extract_id, extract_number, entitlement_id, snapshot, published_at"
    f" FROM reports, generate_series(1, {PRACTICES}) AS n WHERE practice = '{OURS}'",
    "INSERT INTO report_summaries SELECT collection, 'X' || n, version, list_size + n, points, points_available,"
    f" (n % 997)::text || '.05', content FROM report_summaries, generate_series(1, {PRACTICES}) AS n"
    f" WHERE practice = '{OURS}'",
    "INSERT INTO figures (collection, practice, points_extract_id, points_extract_number, points, pounds_extract_id,"
    " pounds_extract_number, pounds_snapshot_number, version, digest) SELECT collection, 'X' || n, points_extract_id,"
    " points_extract_number, points, pounds_extract_id, pounds_extract_number, pounds_snapshot_number, version, digest"
    f" FROM figures, generate_series(1, {PRACTICES}) AS n WHERE practice = '{OURS}'",
    "ANALYZE",
)


def points(collection: str, numerator: int) -> Event:
    """As many indicators as England's 2012-13 has."""
    event = make_achievement(collection=collection, numerator=numerator)
    content = event.content(AchievementCalculated)
    one = content.indicators[0]
    indicators = [msgspec.structs.replace(one, indicator=f"AF {n}", points=f"{n % 10}") for n in range(INDICATORS)]
    registers = {f"REGISTER{n}": 100 + n + numerator for n in range(24)}
    content = msgspec.structs.replace(content, indicators=indicators, registers=registers)
    return msgspec.structs.replace(event, data=msgspec.Raw(msgspec.json.encode(content)))


async def fill(engine: AsyncEngine) -> None:
    world = World(partial(DeclarationsUnitOfWork, engine))
    await world.tell(
        make_directory(), make_collection(LAST_YEAR, first_year=2011), make_collection(sign_by=date(2013, 4, 30))
    )
    for collection, numerator in ((LAST_YEAR, 60), (COLLECTION, 45)):
        await world.tell(points(collection, numerator), make_entitlement(collection=collection))
    async with engine.begin() as connection:
        for statement in COPIES:
            await connection.exec_driver_sql(statement)


async def measure(name: str, work: Callable[[], Awaitable[object]], rounds: int = ROUNDS) -> None:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - start) * 1e3)
    sys.stdout.write(f"{name:34} median {statistics.median(taken):8.1f} ms, worst {max(taken):8.1f} ms\n")


async def main(server: str) -> None:
    admin, name = await asyncpg.connect(server), f"measure_{uuid4().hex[:12]}"
    await admin.execute(f'CREATE DATABASE "{name}"')
    url = urlsplit(server)._replace(path=f"/{name}").geturl()
    try:
        await migrate("qof_declarations", url)
        engine = create_engine(url, pool_size=2, name="measure")
        await fill(engine)
        await measure_all(engine)
        await engine.dispose()
    finally:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


async def measure_all(engine: AsyncEngine) -> None:

    async def page(choice: Choice, after: str = "") -> object:
        async with DeclarationsUnitOfWork(engine) as uow:
            return await list_work(COLLECTION, choice, after=after, person=NATIONAL, uow=uow, today=TODAY)

    for sort in WorkSort:
        await measure(f"a hundred by {sort}", partial(page, Choice(sort=sort)))
    await measure("a hundred by change, half way", partial(page, Choice(sort=WorkSort.CHANGE), "X4500"))
    for chosen in (WorkFilter.LATE, WorkFilter.QUERIED):
        await measure(f"a hundred {chosen}", partial(page, Choice(chosen)))
    await measure("a hundred found by name", partial(page, Choice(search="ery 77")))

    async def export() -> object:
        async with DeclarationsUnitOfWork(engine) as uow:
            entries = await list_all_work(COLLECTION, person=NATIONAL, uow=uow, today=TODAY)
        return csv_text(WORK_HEADER, work_rows(entries))

    async def remind() -> object:
        async with DeclarationsUnitOfWork(engine) as uow:
            return await list_reminders(COLLECTION, person=NATIONAL, uow=uow, today=TODAY)

    await measure(f"all {PRACTICES:,} as CSV", export, 3)
    await measure(f"all {PRACTICES:,} reminders", remind, 3)


if __name__ == "__main__":
    asyncio.run(main(os.environ["QOF_TEST_POSTGRES_URL"]))
