"""The database in memory answers as PostgreSQL does, step by step, for everybody."""

from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import EveryPractice, scope_of
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.testing.builders import (
    COLLECTION,
    EVERYBODY,
    NATIONAL,
    OUR_COMMISSIONER,
    OURS,
    THEIR_COMMISSIONER,
    THEIRS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_national_figures,
    make_payment,
    make_rejection,
    want,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.people import Person

pytestmark = pytest.mark.needs_postgres

MOVED = [(OURS, THEIR_COMMISSIONER), (THEIRS, OUR_COMMISSIONER), ("C83003", "UNKNOWN")]


async def decide(world: World, deed: str) -> None:
    declaration = (await world.sign(await world.digest())).view.standing.declaration
    assert declaration is not None
    if deed == "approve":
        await world.approve(declaration.declaration_id)
        await world.tell(make_payment(declaration.declaration_id))
        await world.tell(make_payment(declaration.declaration_id, pounds="9.99"))
    elif deed == "return":
        await world.send_back(declaration.declaration_id, "look again")


async def calculate(world: World, number: int) -> None:
    """Figures with what stands."""
    found = await world.determinations(NATIONAL)
    stands = [one for one in found.history if one.determination_id in found.standing]
    await world.tell(make_achievement(number=number, determined=stands), make_entitlement(number=number))


async def withdraw(world: World) -> None:
    found = await world.determinations(NATIONAL)
    await world.withdraw(next(one.determination_id for one in found.history if one.value == "6"))


STEPS: list[tuple[str, Callable[[World], Awaitable[object]]]] = [
    ("directory", lambda w: w.tell(make_directory(), make_collection())),
    (
        "a practice that another nation's collections ask",
        lambda w: w.tell(make_directory(practices=[("90501", OUR_COMMISSIONER)], nation="scotland")),
    ),
    ("points", lambda w: w.tell(make_achievement(number=2))),
    ("older points", lambda w: w.tell(make_achievement(number=1, numerator=1))),
    ("older pounds", lambda w: w.tell(make_entitlement(number=1))),
    ("pounds", lambda w: w.tell(make_entitlement(number=2))),
    ("pounds of another account", lambda w: w.tell(make_entitlement(number=2, account=2, pounds="-7.00"))),
    ("pounds of an older account", lambda w: w.tell(make_entitlement(number=2, account=1, pounds="8.00"))),
    ("figures frozen", lambda w: w.tell(make_national_figures(1), make_national_figures(2))),
    ("signed", lambda w: decide(w, "sign")),
    ("returned", lambda w: decide(w, "return")),
    ("signed again", lambda w: decide(w, "sign")),
    ("recalculating", lambda w: w.tell(make_entitlement(number=3, pounds="5.00"))),
    ("superseded", lambda w: w.tell(make_achievement(number=3, numerator=50))),
    ("determined", lambda w: w.determine(want())),
    ("determined anew", lambda w: w.determine(want("6"))),
    ("another kind", lambda w: w.determine(want("50", what="lower-threshold"), person=NATIONAL)),
    ("many", lambda w: w.determine_many(want("1", practice=THEIRS), want("6"), reason="The register was lost.")),
    ("rejected", lambda w: w.tell(make_rejection(number=4), make_rejection(THEIRS, 1))),
    ("rejected earlier", lambda w: w.tell(make_rejection(number=3, message="Older."))),
    ("calculated with it", lambda w: calculate(w, 4)),
    ("withdrawn", withdraw),
    ("calculated without it", lambda w: calculate(w, 5)),
    ("the other practice", lambda w: w.tell(make_entitlement(THEIRS), make_achievement(THEIRS))),
    ("approved and paid", lambda w: decide(w, "approve")),
    ("newer than approved", lambda w: w.tell(make_entitlement(number=3, snapshot=4, pounds="6.00"))),
    ("an older directory", lambda w: w.tell(make_directory(practices=MOVED, revision=0))),
    ("practices moved", lambda w: w.tell(make_directory(practices=MOVED, revision=2))),
]


async def answers(uow: UnitOfWork, person: Person) -> dict[str, object]:
    standings = uow.standings(scope_of(person))
    found: dict[str, object] = {
        "count": await standings.count(COLLECTION),
        "page": list(await standings.page(COLLECTION, state=None, after="", limit=10)),
        "second page": list(await standings.page(COLLECTION, state=None, after=OURS, limit=1)),
        "exists": (await standings.collection_exists(COLLECTION), await standings.collection_exists("none")),
        "figures": await standings.national_figures(COLLECTION),
        "nothing": (await standings.find("none", OURS), await standings.lock(COLLECTION, "none")),
    }
    for state in State:
        found[state] = list(await standings.page(COLLECTION, state=state, after="", limit=10))
    for practice in (OURS, THEIRS):
        standing = await standings.find(COLLECTION, practice)
        found |= {
            f"{practice} standing": standing,
            f"{practice} locked": await standings.lock(COLLECTION, practice),
            f"{practice} versions": list(await standings.versions(COLLECTION, practice)),
            f"{practice} documents": [await standings.document(COLLECTION, practice, n) for n in range(4)],
            f"{practice} audit": list(await standings.audit(COLLECTION, practice)),
            f"{practice} determinations": list(await standings.determinations(COLLECTION, practice)),
        }
        if standing and standing.declaration:
            found[f"{practice} of"] = await standings.practice_of(standing.declaration.declaration_id)
    return found


async def test_the_fake_and_postgresql_give_the_same_answers(engine: AsyncEngine) -> None:
    fake = FakeDeclarationsUnitOfWork()
    in_memory, in_postgres = World(lambda: fake), World(partial(DeclarationsUnitOfWork, engine))
    for name, step in STEPS:
        await step(in_memory)
        await step(in_postgres)
        for person in EVERYBODY:
            async with DeclarationsUnitOfWork(engine) as uow:
                assert await answers(uow, person) == await answers(fake, person), (name, person.person)


async def test_a_practice_of_another_nation_stands_in_none_of_our_collections(engine: AsyncEngine) -> None:
    world = World(partial(DeclarationsUnitOfWork, engine))
    await world.tell(make_directory(), make_collection())
    await world.tell(make_directory(practices=[("90501", OUR_COMMISSIONER)], nation="scotland"))
    async with DeclarationsUnitOfWork(engine) as uow:
        standings = uow.standings(EveryPractice())
        listed = await standings.page(COLLECTION, state=None, after="", limit=10)
        assert [standing.practice for standing in listed] == [OURS, THEIRS]
        assert await standings.count(COLLECTION) == {State.AWAITING_EXTRACT: 2}
        assert await standings.find(COLLECTION, "90501") is None
