"""The money of a demonstration against payments itself: what is told there is taken, and the sums come out even."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.handlers.calculate_achievements import calculate_extract
from qof_local import directory
from qof_local.demo_api import Api
from qof_local.demo_cast import Cast, invented
from qof_local.demo_money import read_money, tell_terms
from qof_payments.adapters.parameters import load_parameters
from qof_payments.adapters.unit_of_work import PaymentsUnitOfWork
from qof_payments.bootstrap import create_app, create_consumers
from qof_payments.testing.freezing import freeze_by_two
from qof_shared.contracts import (
    AchievementsSummed,
    CollectionOpened,
    CollectionRecord,
    Contract,
    DirectoryRecorded,
    EntitlementCalculated,
    EntitlementsDue,
    Event,
    Extract,
    ExtractAccepted,
    PracticeRecord,
    decode_event,
    new_event,
)
from qof_shared.db.engine import create_engine
from qof_shared.db.people import load_people
from qof_shared.testing.plugin import NewDatabase

pytestmark = pytest.mark.needs_postgres

PRACTICES = 30
COLLECTION = "QOF-DEMO-1"
NOW = datetime(2027, 4, 2, tzinfo=UTC)


@pytest.fixture
async def engine(new_database: NewDatabase) -> AsyncIterator[AsyncEngine]:
    made = create_engine(await new_database("qof_payments"), pool_size=5)
    yield made
    await made.dispose()


class Payments:
    """Payments in this process: its queues, and its API as a demonstration asks it."""

    def __init__(self, engine: AsyncEngine, client: httpx.AsyncClient) -> None:
        self.engine = engine
        self.api = Api("payments", [client])
        self._consumers = create_consumers(engine)

    async def hear(self, queue: str, *contents: Contract) -> None:
        events = [new_event(content, occurred_at=NOW, correlation_id="c") for content in contents]
        await self._consumers[queue](queue, events)

    async def told(self, contract: type[Contract]) -> Sequence[Event]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT body FROM outbox WHERE routing_key = :key AND body <> ''"), {"key": contract.event}
            )
            return [decode_event(row.body) for row in rows]


@pytest.mark.parametrize("year", ["2004-05", "2006-07", "2012-13", "2026-27"])
async def test_year_is_played_under_its_own_rules(engine: AsyncEngine, tmp_path: Any, year: str) -> None:
    play = invented(PRACTICES, "england", year, seed=7, collection=COLLECTION)
    people = tmp_path / "people.json"
    people.write_bytes(msgspec.json.encode(directory.people_document(play.nation, play.seed)))
    await load_people(engine, people)
    transport = httpx.ASGITransport(app=create_app(engine))
    async with httpx.AsyncClient(transport=transport, base_url="http://payments") as client:
        payments = Payments(engine, client)
        await known(play, payments)
        await tell_terms(play, payments.api)
        await tell_terms(play, payments.api)  # told again after a broken connection, it has its effect once
        await payments.hear("payments.achievements", sums(play))
        async with PaymentsUnitOfWork(engine) as uow:
            await freeze_by_two(uow, COLLECTION, parameters_of=load_parameters, now=NOW)
            await uow.commit()
        due = [event.content(EntitlementsDue) for event in await payments.told(EntitlementsDue)]
        await payments.hear("payments.entitlements", *due)
        money = await read_money(play, payments.api)
        statements = await entitlements(play, payments)

    assert money.practices == PRACTICES
    assert money.achievement == sum(Decimal(one.achievement_pounds) for one in statements)
    assert money.due == sum(Decimal(one.pounds) for one in statements)
    assert money.achievement - money.deducted == money.due
    taken = [deduction for one in statements for deduction in one.deductions]
    assert money.deducted == sum(Decimal(one.pounds) for one in taken)
    assert money.aspiration == sum(Decimal(one.pounds) for one in taken if one.deduction == "aspiration") > 0
    assert [one.deduction for one in taken].count("pms") == PRACTICES // 10
    for one in statements:
        assert sum(Decimal(line.pounds) for line in one.lines) == Decimal(one.achievement_pounds)
    applied = {line.line for one in statements for line in one.lines if line.target_population_factor}
    assert applied == set(load_parameters("england", year).target_population_groups)


async def known(play: Cast, payments: Payments) -> None:
    practices = [
        PracticeRecord(
            practice=one.practice, name=one.practice, nation="england", commissioner="C1", supplier=one.supplier
        )
        for one in play.nation.practices
    ]
    collection = CollectionRecord(
        collection=COLLECTION,
        nation="england",
        qof_year=play.nation.qof_year,
        achievement_date=play.nation.achievement_date,
    )
    await payments.hear(
        "payments.directory",
        DirectoryRecorded(revision=1, commissioners=[], practices=practices),
        CollectionOpened(collection=collection),
    )


def sums(play: Cast) -> AchievementsSummed:
    found, rulesets = [], load_rulesets()
    for number, (practice, body) in enumerate(play.extracts.items(), start=1):
        accepted = ExtractAccepted(
            extract_id=uuid4(),
            extract_number=number,
            collection=COLLECTION,
            practice=practice,
            supplier="S",
            nation="england",
            qof_year=play.nation.qof_year,
            received_at=NOW,
            digest="d" * 64,
            extract=msgspec.json.decode(body, type=Extract),
        )
        result = calculate_extract(accepted, rulesets, NOW)
        assert isinstance(result, tuple), result
        found.append(result[1])
    return AchievementsSummed(calculated_at=NOW, achievements=found)


async def entitlements(play: Cast, payments: Payments) -> list[EntitlementCalculated]:
    async with PaymentsUnitOfWork(payments.engine) as uow:
        found = [await uow.entitlements.newest(COLLECTION, practice) for practice in play.practices]
    assert None not in found
    return [one for one in found if one is not None]
