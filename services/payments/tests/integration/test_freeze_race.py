"""National figures are frozen while achievements arrive: nobody is forgotten, nobody is paid twice.

Either a freeze sees an achievement and makes its practice due, or the achievement sees the frozen figures and is
paid at once. What would break this is an achievement that saw no figures and was not seen by the freeze.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_payments.adapters.parameters import load_parameters
from qof_payments.adapters.unit_of_work import PaymentsUnitOfWork
from qof_payments.handlers.freeze_national_figures import freeze_national_figures
from qof_shared.contracts import EntitlementCalculated, EntitlementsDue, Event, decode_event
from qof_shared.testing.fakes import NOON

pytestmark = pytest.mark.needs_postgres

ROUNDS, FREEZES, BATCHES = 100, 3, 6
PRACTICES = [f"A8100{number}" for number in range(8)]

Handle = Callable[[str, Sequence[Event]], Awaitable[None]]
MakeEvent = Callable[..., Event]


async def freeze(engine: AsyncEngine, collection: str, name: str) -> int:
    """Returns how many practices the frozen figures were made from."""
    async with PaymentsUnitOfWork(engine) as uow:
        snapshot = await freeze_national_figures(
            collection,
            name=name,
            reason="race",
            person="n1",
            uow=uow,
            parameters_of=load_parameters,
            now=NOON,
        )
        await uow.commit()
    return snapshot.figures.practices


async def told(engine: AsyncEngine, name: str) -> list[Event]:
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT body FROM outbox WHERE routing_key = :name ORDER BY outbox_id"), {"name": name}
        )
        return [decode_event(body) for body in rows.scalars()]


async def drain(engine: AsyncEngine, handle: Handle) -> None:
    """Handle everything that became due, in two workers and each message twice."""
    due = await told(engine, EntitlementsDue.event)
    batches = [due[start : start + 20] for start in range(0, len(due), 20)]

    async def work() -> None:
        for batch in batches:
            await handle("payments.entitlements", batch)

    await asyncio.gather(work(), work())
    assert len(await told(engine, EntitlementsDue.event)) == len(due), "nobody was unpayable and set apart"


async def test_nobody_is_forgotten_or_doubled_however_freezes_and_achievements_interleave(
    engine: AsyncEngine, handle: Handle, open_collection: Callable[[str], Awaitable[None]], an_achievement: MakeEvent
) -> None:
    random = Random(2013)
    seen = Counter[int]()
    for number in range(ROUNDS):
        collection = f"QOF-{number}"
        await open_collection(collection)
        first = an_achievement(PRACTICES[0], collection=collection, extract_number=1)
        await handle("payments.achievements", [first])
        numbers = random.sample(range(2, 100), BATCHES * len(PRACTICES))
        batches = [
            [
                an_achievement(practice, collection=collection, extract_number=numbers.pop())
                for practice in random.sample(PRACTICES, random.randint(1, len(PRACTICES)))
            ]
            for _ in range(BATCHES)
        ]
        achievements = [handle("payments.achievements", batch) for batch in batches]
        freezes = [freeze(engine, collection, f"freeze {which}") for which in range(FREEZES)]
        together: list[Awaitable[int | None]] = [*achievements, *freezes]
        random.shuffle(together)
        seen.update(count for count in await asyncio.gather(*together) if count is not None)
    assert len(seen) >= 4, f"freezes and achievements did not interleave: {seen}"

    await drain(engine, handle)
    async with engine.connect() as connection:
        rows = (
            await connection.execute(
                text(
                    "SELECT a.collection, a.practice, count(e.entitlement_id) AS paid"
                    " FROM practice_achievements a"
                    " JOIN (SELECT collection, max(number) AS number FROM national_figures GROUP BY collection) n"
                    " USING (collection)"
                    " LEFT JOIN entitlements e ON e.collection = a.collection AND e.practice = a.practice"
                    " AND e.extract_number = a.extract_number AND e.snapshot_number = n.number"
                    " GROUP BY a.collection, a.practice"
                )
            )
        ).all()
        calculated = (await connection.execute(text("SELECT count(*) FROM entitlements"))).scalar_one()
    assert len({row.collection for row in rows}) == ROUNDS
    wrong = [tuple(row) for row in rows if row.paid != 1]
    assert not wrong, f"{len(wrong)} of {len(rows)} practices are not paid exactly once on the newest figures"

    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT kept_id FROM outbox WHERE routing_key = :name"), {"name": EntitlementCalculated.event}
        )
        ids = Counter(rows.scalars())
    assert max(ids.values()) == 1, "an entitlement was told twice"
    assert len(ids) == calculated, "an entitlement was not told"


async def test_freezes_of_one_name_at_once_give_one_snapshot(
    engine: AsyncEngine, handle: Handle, open_collection: Callable[[str], Awaitable[None]], an_achievement: MakeEvent
) -> None:
    await open_collection("QOF")
    await handle("payments.achievements", [an_achievement(collection="QOF")])
    outcomes = await asyncio.gather(*(freeze(engine, "QOF", "final") for _ in range(5)), return_exceptions=True)
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"int": 1, "NameTakenError": 4}
