"""What approving many would come to, before anybody presses; and what the money comes to."""

from decimal import Decimal

import pytest

from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import NotPossibleNowError, State
from qof_declarations.core.paying import PaymentStep, Sum
from qof_declarations.core.permissions import NotAllowedError
from qof_declarations.handlers.errors import NewerFiguresError
from qof_declarations.handlers.overseeing import Weighed, sum_payments, weigh_many
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    FINANCE,
    NATIONAL,
    OTHER_APPROVER,
    OUR_COMMISSIONER,
    THEIR_COMMISSIONER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_national_figures,
    make_payment,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.people import Person, Role

OURS = [f"A8100{place}" for place in range(1, 6)]


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    practices = [*((practice, OUR_COMMISSIONER) for practice in OURS), ("B82002", THEIR_COMMISSIONER)]
    await world.tell(
        make_directory(practices=practices),
        make_collection(),
        make_national_figures(),
        *(make_achievement(practice) for practice in OURS),
        *(make_entitlement(practice, pounds=f"{number}.25") for number, practice in enumerate(OURS[:4], 1)),
    )
    for practice in OURS[:3]:
        signer = Person(f"declarer of {practice}", "D", Role.PRACTICE_DECLARER, practice)
        await world.sign(await world.digest(practice), person=signer, practice=practice)
    return world


async def approve(world: World, person: Person, *practices: str) -> None:
    for practice in practices:
        declaration = (await world.view(NATIONAL, practice)).standing.declaration
        assert declaration is not None
        await world.approve_many(declaration.declaration_id, person=person)


async def weigh(world: World, database: FakeDeclarationsUnitOfWork, person: Person, *practices: str) -> list[Weighed]:
    return list(
        await weigh_many(COLLECTION, practices, person=person, uow=database, now=world.now, today=world.now.date())
    )


async def test_each_is_ready_done_or_refused_and_nothing_changes(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    await approve(world, APPROVER, OURS[1])
    before = dict(database.memory.declarations), len(database.memory.audit)
    weighed = await weigh(world, database, APPROVER, "B82002", OURS[3], OURS[1], OURS[0], OURS[0])
    assert [(one.practice, one.is_done, type(one.refusal)) for one in weighed] == [
        ("B82002", False, NotFoundError),
        (OURS[3], False, NotPossibleNowError),
        (OURS[1], True, type(None)),
        (OURS[0], False, type(None)),
    ]
    assert weighed[0].entry is None
    assert weighed[3].entry is not None
    assert weighed[3].entry.standing.state is State.SIGNED
    assert (dict(database.memory.declarations), len(database.memory.audit)) == before


async def test_finance_is_told_of_newer_figures(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await approve(world, APPROVER, OURS[0], OURS[1])
    await world.tell(make_achievement(OURS[1], 2, numerator=46), make_entitlement(OURS[1], 2))
    weighed = await weigh(world, database, FINANCE, *OURS[:3])
    assert [type(one.refusal) for one in weighed] == [type(None), NewerFiguresError, NotPossibleNowError]


async def test_only_who_approves_weighs(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    for person in (DECLARER, NATIONAL):
        with pytest.raises(NotAllowedError):
            await weigh(world, database, person, OURS[0])


async def test_money_is_summed_by_how_far_it_has_come(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await approve(world, APPROVER, OURS[0], OURS[1])
    await approve(world, FINANCE, OURS[0])
    paid = (await world.view(NATIONAL, OURS[0])).standing.declaration
    assert paid is not None
    assert await sum_payments(COLLECTION, person=FINANCE, uow=database) == {
        PaymentStep.SIGNED: Sum(1, Decimal("3.25")),
        PaymentStep.APPROVED: Sum(1, Decimal("2.25")),
        PaymentStep.FINANCE_APPROVED: Sum(1, Decimal("1.25")),
        PaymentStep.INSTRUCTED: Sum(),
    }
    await world.tell(make_payment(paid.declaration_id, OURS[0], pounds="1.25"))
    sums = await sum_payments(COLLECTION, person=FINANCE, uow=database)
    assert (sums[PaymentStep.FINANCE_APPROVED], sums[PaymentStep.INSTRUCTED]) == (Sum(), Sum(1, Decimal("1.25")))
    assert not any(
        one.practices for one in (await sum_payments(COLLECTION, person=OTHER_APPROVER, uow=database)).values()
    )
    with pytest.raises(NotAllowedError):
        await sum_payments(COLLECTION, person=DECLARER, uow=database)
