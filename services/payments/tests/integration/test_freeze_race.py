"""National figures are frozen while achievements arrive: nobody is forgotten, nobody is told of one sum twice.

Either a freeze sees an achievement and makes its practice due, or the achievement sees the frozen figures and is
paid at once. What would break this is an achievement that saw no figures and was not seen by the freeze, or a
practice that is left alone because it was compared with a statement that was about to be replaced.
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
from qof_payments.handlers.calculate_entitlements import accounts_of, calculator_on
from qof_payments.handlers.standing import Standing, stated
from qof_payments.testing.freezing import freeze_by_two
from qof_shared.contracts import EntitlementCalculated, EntitlementsDue, Event, decode_event
from qof_shared.testing.fakes import NOON

pytestmark = pytest.mark.needs_postgres

ROUNDS, FREEZES, BATCHES = 50, 3, 6
PRACTICES = [f"A8100{number}" for number in range(8)]

Handle = Callable[[str, Sequence[Event]], Awaitable[None]]
MakeEvent = Callable[..., Event]


async def freeze(engine: AsyncEngine, collection: str, name: str) -> int:
    """Propose and freeze while nothing can move between. Returns how many practices the figures were made from."""
    async with PaymentsUnitOfWork(engine) as uow:
        await uow.national_figures.lock(collection)
        snapshot = await freeze_by_two(uow, collection, parameters_of=load_parameters, now=NOON, name=name)
        await uow.commit()
    return snapshot.figures.practices


async def paid_by_the_newest_figures(engine: AsyncEngine, collection: str) -> list[str]:
    """Practices whose newest entitlement is not what the newest figures come to for their newest extract."""
    async with PaymentsUnitOfWork(engine) as uow:
        snapshot = await uow.national_figures.newest(collection)
        assert snapshot is not None
        achievements = await uow.achievements.of_practices(collection, PRACTICES)
        standing = await uow.entitlements.standing(collection, PRACTICES)
        calculate = calculator_on(snapshot, load_parameters, NOON, await accounts_of(collection, PRACTICES, uow))
    return [
        one.practice
        for one in achievements
        if standing.get(one.practice) != Standing(one.extract_id, stated(calculate(one)))
    ]


async def told(engine: AsyncEngine, name: str) -> list[Event]:
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT body FROM outbox WHERE routing_key = :name ORDER BY outbox_id"), {"name": name}
        )
        return [decode_event(body) for body in rows.scalars()]


async def handle_what_is_due(engine: AsyncEngine, handle: Handle, collection: str) -> None:
    """What a worker does that is quick: some figures are replaced before it comes, some after."""
    due = [event for event in await told(engine, EntitlementsDue.event) if collection.encode() in bytes(event.data)]
    await handle("payments.entitlements", due)


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
                an_achievement(
                    practice,
                    collection=collection,
                    extract_number=numbers.pop(),
                    registers={"AF": random.choice((0, 50, 100))},
                )
                for practice in random.sample(PRACTICES, random.randint(1, len(PRACTICES)))
            ]
            for _ in range(BATCHES)
        ]
        achievements = [handle("payments.achievements", batch) for batch in batches]
        freezes = [freeze(engine, collection, f"freeze {which}") for which in range(FREEZES)]
        due = [handle_what_is_due(engine, handle, collection) for _ in range(FREEZES)]
        together: list[Awaitable[int | None]] = [*achievements, *freezes, *due]
        random.shuffle(together)
        seen.update(count for count in await asyncio.gather(*together) if count is not None)
    assert len(seen) >= 4, f"freezes and achievements did not interleave: {seen}"

    await drain(engine, handle)
    wrong = {
        collection: practices
        for collection in (f"QOF-{number}" for number in range(ROUNDS))
        if (practices := await paid_by_the_newest_figures(engine, collection))
    }
    assert not wrong, f"{len(wrong)} of {ROUNDS} collections have practices that are not paid by the newest figures"

    async with engine.connect() as connection:
        calculated = (await connection.execute(text("SELECT count(*) FROM entitlements"))).scalar_one()
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
