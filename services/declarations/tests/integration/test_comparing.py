"""Distributions and summaries in PostgreSQL: when they are measured anew, and that they are those of the reports."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.distribution import NATION
from qof_declarations.core.permissions import EveryPractice, OnePractice, PracticesOf, Scope
from qof_declarations.core.summary import Summary
from qof_declarations.entrypoints.jobs import measure_what_is_due, measuring
from qof_declarations.handlers.comparing import measure_distributions
from qof_declarations.testing.builders import (
    COLLECTION,
    OUR_COMMISSIONER,
    OURS,
    THEIRS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_national_figures,
    tell,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.contracts import CollectionOpened, CollectionRecord
from qof_shared.db.engine import create_engine
from qof_shared.db.migrate import migrate
from qof_shared.testing.plugin import NewDatabase
from qof_shared.testing.waiting import until

pytestmark = pytest.mark.needs_postgres

PRACTICES = [f"A81{number:03}" for number in range(1, 251)]


def a_collection(name: str, year: str, day: date, nation: str = "england") -> CollectionRecord:
    return CollectionRecord(collection=name, nation=nation, qof_year=year, achievement_date=day)


EARLIER = [
    a_collection("england-2011-12", "2011-12", date(2012, 3, 31)),
    a_collection("england-2011-12-first", "2011-12", date(2011, 9, 30)),
    a_collection("scotland-2011-12", "2011-12", date(2012, 3, 31), "scotland"),
    a_collection("england-2010-11", "2010-11", date(2011, 3, 31)),
]


async def publish(world: World, *practices: str, numerator: int = 45, number: int = 1) -> None:
    achieved = [make_achievement(one, number, numerator=numerator) for one in practices]
    await world.tell(*achieved, *(make_entitlement(one, number) for one in practices))


async def test_summaries_are_those_of_the_newest_reports_within_scope(world: World, engine: AsyncEngine) -> None:
    fake = FakeDeclarationsUnitOfWork()
    in_memory = World(lambda: fake)
    await in_memory.tell(make_directory(), make_collection())
    for place in (world, in_memory):
        await place.tell(*(tell(CollectionOpened(collection=one)) for one in EARLIER))
        await publish(place, OURS, THEIRS)
        await publish(place, OURS, numerator=50, number=2)
        for number, one in enumerate(EARLIER):
            await place.tell(
                make_achievement(collection=one.collection, numerator=number + 1),
                make_entitlement(collection=one.collection),
            )

    async def found(
        uow: DeclarationsUnitOfWork | FakeDeclarationsUnitOfWork, scope: Scope
    ) -> list[Mapping[str, Summary]]:
        summaries, asked = uow.summaries(scope), [OURS, THEIRS, "none"]
        return [
            await summaries.newest(COLLECTION, asked),
            await summaries.last_year(COLLECTION, asked),
            await summaries.last_year("none", asked),
        ]

    for scope in (EveryPractice(), OnePractice(THEIRS), PracticesOf(OUR_COMMISSIONER)):
        async with DeclarationsUnitOfWork(engine) as uow:
            assert await found(uow, scope) == await found(fake, scope)
    async with DeclarationsUnitOfWork(engine) as uow:
        newest, last_year, _ = await found(uow, EveryPractice())
    assert [newest[one].indicators["AF 4"].numerator for one in (OURS, THEIRS)] == [50, 45]
    assert [one.indicators["AF 4"].numerator for one in last_year.values()] == [1]


async def test_distributions_are_measured_when_reports_moved_and_not_too_often(engine: AsyncEngine) -> None:
    new_unit_of_work = partial(DeclarationsUnitOfWork, engine)
    world = World(new_unit_of_work)
    await world.tell(make_directory(practices=[(one, OUR_COMMISSIONER) for one in PRACTICES]), make_collection())
    world.now = now = datetime.now(UTC)

    async def measured(after: timedelta) -> tuple[datetime, int] | None:
        await measure_what_is_due(new_unit_of_work, lambda: now + after)
        async with new_unit_of_work() as uow:
            found = await uow.distributions.of(COLLECTION, NATION)
            ours = await uow.distributions.of(COLLECTION, OUR_COMMISSIONER)
        assert (found and found[0]) == (ours and ours[0]), "one commissioner has the whole nation"
        return (found[1], found[0].practices) if found else None

    minute = timedelta(minutes=1)
    assert await measured(0 * minute) is None, "without reports there is nothing to measure"
    await publish(world, *PRACTICES[:200])
    assert await measured(1 * minute) == (now + 1 * minute, 200)
    world.now += 4 * minute
    await publish(world, *PRACTICES[200:])
    assert await measured(5 * minute) == (now + 1 * minute, 200), "measured a moment ago"
    assert await measured(7 * minute) == (now + 7 * minute, 250)
    assert await measured(70 * minute) == (now + 7 * minute, 250), "nothing moved since"
    world.now = now + 71 * minute
    await publish(world, *PRACTICES, numerator=50, number=2)
    assert await measured(71 * minute) == (now + 71 * minute, 250)
    await publish(world, *PRACTICES, numerator=51, number=3)
    assert await measured(72 * minute) == (now + 71 * minute, 250)
    freeze = make_national_figures()
    await world.tell(freeze)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE national_figures SET frozen_at = :at"), {"at": now + 72 * minute})
    assert await measured(73 * minute) == (now + 73 * minute, 250), "a freeze waits for nothing"
    async with engine.connect() as connection:
        oldest = (await connection.execute(text("SELECT min(at) FROM arrivals"))).scalar_one()
    assert oldest == now + 71 * minute, "what no rate and no measurement needs is gone"


async def test_one_measures_while_others_pass_by(world: World, engine: AsyncEngine) -> None:
    await publish(world, OURS)
    now = datetime.now(UTC)
    async with DeclarationsUnitOfWork(engine) as first, DeclarationsUnitOfWork(engine) as second:
        assert await measure_distributions(COLLECTION, uow=first, now=now)
        assert not await measure_distributions(COLLECTION, uow=second, now=now)


async def test_the_job_goes_on_after_a_failure_and_ends_when_told(world: World, engine: AsyncEngine) -> None:
    await publish(world, OURS)
    asked = 0

    def clock() -> datetime:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise RuntimeError("the clock stands")
        return datetime.now(UTC)

    async def is_measured() -> bool:
        async with DeclarationsUnitOfWork(engine) as uow:
            return await uow.distributions.of(COLLECTION, NATION) is not None

    stop = asyncio.Event()
    job = asyncio.create_task(measuring(partial(DeclarationsUnitOfWork, engine), clock, seconds=0.01)(stop))
    await until(is_measured)
    stop.set()
    await job


async def test_reports_of_an_earlier_release_get_their_summaries(new_database: NewDatabase) -> None:
    url = await new_database("qof_declarations")
    engine = create_engine(url, pool_size=2, name="backfill test")
    try:
        world = World(partial(DeclarationsUnitOfWork, engine))
        await world.tell(make_directory(), make_collection())
        await publish(world, OURS, THEIRS)
        async with DeclarationsUnitOfWork(engine) as uow:
            before = await uow.summaries(EveryPractice()).newest(COLLECTION, [OURS, THEIRS])
        async with engine.begin() as connection:
            for table in ("report_summaries", "distributions", "arrivals"):
                await connection.execute(text(f"DROP TABLE {table}"))
            await connection.execute(
                text("ALTER TABLE figures DROP COLUMN received_extract_number, DROP COLUMN received_at")
            )
            await connection.execute(text("UPDATE alembic_version SET version_num = '0007'"))
        await migrate("qof_declarations", url, "0008")
        async with DeclarationsUnitOfWork(engine) as uow:
            assert await uow.summaries(EveryPractice()).newest(COLLECTION, [OURS, THEIRS]) == before
    finally:
        await engine.dispose()
