"""The calculator's database: migrations, and results that are kept once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from random import Random
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_calculator.adapters.rulesets import RulesetCatalogue
from qof_calculator.adapters.tables import metadata
from qof_calculator.adapters.unit_of_work import CalculatorUnitOfWork
from qof_calculator.handlers.calculate_achievements import calculate_extract
from qof_calculator.handlers.ports import KeptAchievement
from qof_shared.contracts import AchievementCalculated, Event, ExtractAccepted, ExtractRejected
from qof_shared.db.bodies import unpack
from qof_shared.db.engine import create_engine
from qof_shared.db.migrate import drift, migrate
from qof_shared.testing.fakes import NOON
from qof_shared.testing.plugin import NewDatabase

pytestmark = pytest.mark.needs_postgres

MakeEvent = Callable[..., Event]


@pytest.fixture
async def engine(new_database: NewDatabase) -> AsyncIterator[AsyncEngine]:
    made = create_engine(await new_database("qof_calculator"), pool_size=10)
    yield made
    await made.dispose()


async def test_migrated_database_is_what_the_tables_say(new_database: NewDatabase) -> None:
    assert await drift("qof_calculator", metadata, await new_database("qof_calculator")) == []


async def test_changed_table_is_noticed_as_drift(new_database: NewDatabase, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE achievements DROP COLUMN practice"))
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    assert any("practice" in difference for difference in await drift("qof_calculator", metadata, url))


async def test_migrating_again_and_two_at_once_is_harmless(new_database: NewDatabase) -> None:
    url = await new_database("qof_calculator")
    await migrate("qof_calculator", url)
    assert await drift("qof_calculator", metadata, url) == []

    engine = create_engine(url)
    async with engine.begin() as connection:  # as it was before the first migration
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await engine.dispose()
    await asyncio.gather(*(migrate("qof_calculator", url) for _ in range(4)))
    assert await drift("qof_calculator", metadata, url) == []


async def test_results_added_again_are_kept_once_and_as_they_were(
    engine: AsyncEngine, rulesets: RulesetCatalogue, an_extract: MakeEvent
) -> None:
    accepted = an_extract().content(ExtractAccepted)
    result = calculate_extract(accepted, rulesets, NOON)
    assert isinstance(result, tuple)
    first, _ = result
    rejected = calculate_extract(an_extract(list_size=0).content(ExtractAccepted), rulesets, NOON)
    assert isinstance(rejected, ExtractRejected)

    async def add(achievements: Sequence[KeptAchievement], rejections: Sequence[ExtractRejected]) -> list[object]:
        async with CalculatorUnitOfWork(engine) as uow:
            added = [*await uow.achievements.add(achievements), *await uow.rejections.add(rejections)]
            await uow.commit()
        return list(added)

    kept_once = KeptAchievement.of(*result)
    assert await add([kept_once, kept_once], [rejected]) == [kept_once, kept_once, rejected]
    assert await add([kept_once], [rejected, rejected]) == []
    async with engine.connect() as connection:
        kept = (await connection.execute(text("SELECT extract_id, points, body FROM achievements"))).one()
        rejections = (await connection.execute(text("SELECT count(*) FROM rejections"))).scalar_one()
    assert (kept.extract_id, kept.points, rejections) == (first.extract_id, "145/9", 1)
    assert msgspec.json.decode(unpack(kept.body), type=AchievementCalculated) == first


async def test_workers_that_share_messages_wait_for_each_other_without_deadlock(
    engine: AsyncEngine, an_extract: MakeEvent
) -> None:
    async def keep_new(seed: int, events: list[Event]) -> list[Event]:
        async with CalculatorUnitOfWork(engine) as uow:
            new = await uow.keep_new("calculator.extracts", Random(seed).sample(events, 60))
            await uow.commit()
        return new

    for turn in range(20):
        events = [an_extract() for _ in range(100)]
        batches = await asyncio.gather(*(keep_new(10 * turn + worker, events) for worker in range(8)))
        ids = [event.message_id for batch in batches for event in batch]
        assert len(ids) == len(set(ids)), "a message is new to one worker only"


async def test_workers_that_share_extracts_wait_for_each_other_without_deadlock(
    engine: AsyncEngine, rulesets: RulesetCatalogue, an_extract: MakeEvent
) -> None:
    ids = [uuid4() for _ in range(40)]
    results = [
        calculate_extract(an_extract(extract_id=extract_id).content(ExtractAccepted), rulesets, NOON)
        for extract_id in ids
    ]

    async def add(seed: int) -> list[KeptAchievement]:
        batch = [KeptAchievement.of(*result) for result in results if isinstance(result, tuple)]
        Random(seed).shuffle(batch)
        async with CalculatorUnitOfWork(engine) as uow:
            added = await uow.achievements.add(batch)
            await uow.commit()
        return added

    for _ in range(5):
        async with engine.begin() as connection:
            await connection.execute(text("TRUNCATE achievements"))
        added = await asyncio.gather(*(add(seed) for seed in range(10)))
        assert sorted(result.extract_id for batch in added for result in batch) == sorted(ids)
