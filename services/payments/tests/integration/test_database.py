"""Payments' database: migrations, the newest achievement, frozen figures and instructions that stay as they are."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_payments.adapters.parameters import load_parameters
from qof_payments.adapters.repositories import KEPT_ENTITLEMENTS
from qof_payments.adapters.tables import metadata
from qof_payments.adapters.unit_of_work import PaymentsUnitOfWork
from qof_payments.core.instruction import instruction_id
from qof_payments.core.national import national_figures
from qof_payments.core.statement import PointsLine
from qof_payments.handlers.freeze_national_figures import figures_digest
from qof_payments.handlers.ports import PracticeAchievement, Snapshot
from qof_payments.testing.freezing import freeze_by_two
from qof_shared.contracts import (
    DirectoryRecorded,
    EntitlementCalculated,
    Event,
    PaymentInstructed,
    PracticeRecord,
    decode_event,
    new_event,
)
from qof_shared.db.engine import create_engine
from qof_shared.db.messages import PostgresOutbox
from qof_shared.db.migrate import drift, migrate
from qof_shared.testing.fakes import NOON
from qof_shared.testing.plugin import NewDatabase

pytestmark = pytest.mark.needs_postgres

MakeEvent = Callable[..., Event]
Handle = Callable[[str, Sequence[Event]], Awaitable[None]]


def achievement(practice: str, extract_number: int) -> PracticeAchievement:
    return PracticeAchievement(
        collection="QOF",
        practice=practice,
        nation="england",
        qof_year="2012-13",
        extract_id=uuid4(),
        extract_number=extract_number,
        list_size=extract_number,
        registers={"AF": 1},
        points=(PointsLine("AF", "AF", "AF", (38, 3)),),
    )


async def test_migrated_database_is_what_the_tables_say(new_database: NewDatabase) -> None:
    url = await new_database("qof_payments")
    await migrate("qof_payments", url)
    assert await drift("qof_payments", metadata, url) == []


async def test_achievement_of_an_earlier_release_is_read_as_it_was(new_database: NewDatabase) -> None:
    held = {
        "collection": "QOF",
        "practice": "A81001",
        "nation": "england",
        "qof_year": "2012-13",
        "extract_id": str(uuid4()),
        "extract_number": 7,
        "list_size": 5000,
        "registers": {"AF": 65},
        "points": [
            {"line": "AF", "description": "£", "prevalence_register": "AF", "points": "12.5"},
            {"line": "Clinical", "description": "c", "prevalence_register": None, "points": "38/3"},
        ],
    }
    url = await new_database("qof_payments")
    engine = create_engine(url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        await connection.exec_driver_sql("CREATE SCHEMA public")
    await migrate("qof_payments", url, "0002")
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO practice_achievements VALUES ($1, $2, $3, $4, $5, $6)",
            ("QOF", "A81001", held["extract_id"], 7, 5000, json.dumps(held).encode()),
        )
    await migrate("qof_payments", url)
    async with PaymentsUnitOfWork(engine) as uow:
        (read,) = await uow.achievements.of_practices("QOF", ["A81001"])
        (reported,) = await uow.achievements.registers("QOF")
    await engine.dispose()
    assert (read.nation, read.qof_year, read.extract_number, read.registers) == ("england", "2012-13", 7, {"AF": 65})
    assert read.points == (
        PointsLine("AF", "£", "AF", (25, 2)),
        PointsLine("Clinical", "c", None, (38, 3)),
    )
    assert json.loads(reported.registers) == {"AF": 65}


async def test_newest_achievement_wins_among_many_workers(engine: AsyncEngine) -> None:
    """Every worker has every practice, each in another order and with other numbers: the highest wins everywhere,
    is returned to exactly one worker, and nobody ends in a deadlock."""
    random = Random(2013)
    practices, workers = [f"A8{number:04}" for number in range(30)], 40
    numbers = {practice: random.sample(range(1, workers + 1), workers) for practice in practices}

    async def keep(worker: int) -> list[PracticeAchievement]:
        batch = [achievement(practice, numbers[practice][worker]) for practice in practices]
        random.shuffle(batch)
        async with PaymentsUnitOfWork(engine) as uow:
            kept = await uow.achievements.keep_newest(batch)
            await uow.commit()
        return kept

    returned = [kept for batch in await asyncio.gather(*map(keep, range(workers))) for kept in batch]
    async with PaymentsUnitOfWork(engine) as uow:
        held = await uow.achievements.of_practices("QOF", practices)
    assert [(kept.practice, kept.extract_number) for kept in held] == [(practice, workers) for practice in practices]
    winners = [kept for kept in returned if kept.extract_number == workers]
    assert sorted(winners, key=lambda kept: kept.practice) == held, (
        "each is told to one worker, and read back as it was"
    )


async def test_batch_with_several_extracts_of_a_practice_keeps_the_highest(engine: AsyncEngine) -> None:
    first, third, second = (achievement("A81001", number) for number in (1, 3, 2))
    async with PaymentsUnitOfWork(engine) as uow:
        assert await uow.achievements.keep_newest([first, third, second]) == [third]
        assert await uow.achievements.keep_newest([second]) == []
        assert await uow.achievements.of_practices("QOF", ["A81001"]) == [third]


async def test_entitlement_is_told_with_the_body_that_is_kept(
    engine: AsyncEngine, handle: Handle, open_collection: Callable[[str], Awaitable[None]], an_achievement: MakeEvent
) -> None:
    await open_collection("QOF")
    await handle("payments.achievements", [an_achievement(collection="QOF")])
    async with PaymentsUnitOfWork(engine) as uow:
        await freeze_by_two(uow, "QOF", parameters_of=load_parameters, now=NOON)
        await uow.commit()
    await handle("payments.achievements", [an_achievement(collection="QOF", extract_number=2)])
    async with PostgresOutbox(engine, KEPT_ENTITLEMENTS).take(10) as batch:
        (row,) = (row for row in batch.rows if row.routing_key == EntitlementCalculated.event)
    async with PaymentsUnitOfWork(engine) as uow:
        kept = await uow.entitlements.newest("QOF", "A81001")
    assert decode_event(row.body).content(EntitlementCalculated) == kept
    assert kept is not None
    assert kept.extract_number == 2


@pytest.mark.parametrize("qof_year", ["2006-07", "2012-13"])
async def test_snapshot_read_back_is_the_one_that_was_frozen(engine: AsyncEngine, qof_year: str) -> None:
    parameters = load_parameters("england", qof_year)
    practices = [
        ("A81001", 7173, {"AF": 103, "CHD": 251, "PC": 0}),
        ("A81002", 5891, {"CHD": 1, "AF": 99, "PC": 0}),
        ("A81003", 9999, {"AF": 1}),
        ("A81004", 0, {"AF": 3}),
    ]
    figures = national_figures(practices, parameters)
    snapshot = Snapshot(
        snapshot_id=uuid4(),
        collection="QOF",
        number=1,
        name="2012-13 final £",
        digest=figures_digest(figures),
        figures=figures,
        parameters_id=parameters.parameters_id,
        parameters_digest=parameters.digest,
        frozen_at=NOON,
        frozen_by="n1",
        reason="all in",
        proposal_id=uuid4(),
        proposed_by="n2",
        exclusions={"A81009": "a care home"},
        acknowledgements={"completeness/northstar": "two practices closed"},
        unverified_reason="no other value is known",
    )
    async with PaymentsUnitOfWork(engine) as uow:
        await uow.national_figures.add(snapshot)
        await uow.commit()
    async with PaymentsUnitOfWork(engine) as uow:
        read = await uow.national_figures.newest("QOF")
        assert read == await uow.national_figures.by_id(snapshot.snapshot_id)
        assert read == await uow.national_figures.by_name("QOF", snapshot.name)
        assert [read] == await uow.national_figures.all("QOF")
    assert read == snapshot
    assert figures_digest(read.figures) == snapshot.digest


async def test_instruction_is_added_once_also_by_many_at_the_same_time(engine: AsyncEngine) -> None:
    async def instruct(number: int) -> PaymentInstructed | None:
        instruction = PaymentInstructed(
            instruction_id=instruction_id("QOF", "A81001"),
            declaration_id=uuid4(),
            entitlement_id=uuid4(),
            collection="QOF",
            practice="A81001",
            pounds=f"{number}.10",
            instructed_at=NOON,
        )
        async with PaymentsUnitOfWork(engine) as uow:
            standing = await uow.instructions.add(instruction)
            await uow.commit()
        return standing

    answers = await asyncio.gather(*map(instruct, range(10)))
    async with PaymentsUnitOfWork(engine) as uow:
        held = await uow.instructions.of_practice("QOF", "A81001")
        totals = await uow.instructions.totals("QOF")
    assert held is not None
    assert sorted(answers, key=lambda answer: answer is not None) == [None, *[held] * 9]
    assert (totals.instructions, totals.pounds) == (1, held.pounds)


async def test_older_directory_never_replaces_a_newer(engine: AsyncEngine, handle: Handle) -> None:
    def directory(revision: int, *names: str) -> Event:
        practices = [
            PracticeRecord(practice=f"A8100{number}", name=name, nation="england", commissioner="C1", supplier="s")
            for number, name in enumerate(names)
        ]
        content = DirectoryRecorded(revision=revision, commissioners=[], practices=practices)
        return new_event(content, occurred_at=NOON, correlation_id="load")

    await asyncio.gather(
        *(handle("payments.directory", [event]) for event in (directory(2, "new", "new"), directory(1, "old", "old")))
    )
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT practice, name, revision FROM practices ORDER BY practice"))
        assert [tuple(row) for row in rows] == [("A81000", "new", 2), ("A81001", "new", 2)]
