"""The database in memory answers as PostgreSQL does, step by step, for everybody."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.attachment import MediaType, attachment_of
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import EveryPractice, scope_of
from qof_declarations.core.query import Disagreement
from qof_declarations.core.work_list import Choice, WorkFilter, WorkSort
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    EVERYBODY,
    FINANCE,
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
from qof_declarations.testing.fake_receipts import SEAL
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.people import Person
from qof_shared.testing.fakes import NOON

pytestmark = pytest.mark.needs_postgres

LAST_YEAR = "england-2011-12"
MOVED = [(OURS, THEIR_COMMISSIONER), (THEIRS, OUR_COMMISSIONER), ("C83003", "UNKNOWN")]


async def decide(world: World, deed: str) -> None:
    declaration = (await world.sign(await world.digest())).view.standing.declaration
    assert declaration is not None
    if deed == "approve":
        await world.approve(declaration.declaration_id)
    if deed == "pay":
        await world.approve_many(declaration.declaration_id)
        await world.approve_many(declaration.declaration_id, person=FINANCE)
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


async def send_back(world: World) -> None:
    declaration = (await world.view()).standing.declaration
    assert declaration is not None
    await world.send_back(declaration.declaration_id, "look again", person=FINANCE)


async def protest(world: World) -> None:
    await world.sign(await world.digest(), under_protest=True)


async def look(world: World) -> None:
    for minutes in (0, 5, 70):
        for person in EVERYBODY:
            await world.look(person, minutes)


CSV = b"code,count\r\n"
WANTED = Disagreement(
    ("AF 4",),
    "Twelve left.\nIn March.",
    "Our register says so.",
    ((attachment_of("register.csv", MediaType.CSV, CSV), CSV), (attachment_of("a.txt", MediaType.TEXT, b"a"), b"a")),
)


async def query(world: World, *endings: str) -> None:
    """A new query; then one of each that is open ends in each of these ways."""
    raised = (await world.disagree(WANTED)).query
    for ending in endings:
        raised = (await world.disagree(replace(WANTED, comment=ending, attachments=()))).query
        if ending == "withdrawn":
            await world.withdraw_query(raised.query_id, reason="settled")
        else:
            made = (await world.determinations(NATIONAL)).history
            names = next((one.determination_id for one in made), None) if ending == "accepted" else None
            await world.answer(raised.query_id, accepted=ending == "accepted", answer="So.", determination_id=names)


STEPS: list[tuple[str, Callable[[World], Awaitable[object]]]] = [
    ("directory", lambda w: w.tell(make_directory(), make_collection(sign_by=date(2013, 4, 30)))),
    ("last year", lambda w: w.tell(make_collection(LAST_YEAR, first_year=2011))),
    ("last year's points", lambda w: w.tell(make_achievement(collection=LAST_YEAR, numerator=60))),
    ("last year's pounds", lambda w: w.tell(make_entitlement(collection=LAST_YEAR, pounds="1500.00"))),
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
    ("queried", query),
    ("signed", lambda w: decide(w, "sign")),
    ("looked at", look),
    ("returned", lambda w: decide(w, "return")),
    ("signed again", lambda w: decide(w, "sign")),
    ("recalculating", lambda w: w.tell(make_entitlement(number=3, pounds="5.00"))),
    ("superseded", lambda w: w.tell(make_achievement(number=3, numerator=50))),
    ("looked at again", look),
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
    ("queries answered", lambda w: query(w, "accepted", "rejected", "withdrawn")),
    ("approved", lambda w: decide(w, "approve")),
    ("returned by finance", send_back),
    ("signed under protest", protest),
    ("approved and paid", lambda w: decide(w, "pay")),
    ("newer than approved", lambda w: w.tell(make_entitlement(number=3, snapshot=4, pounds="6.00"))),
    ("an older directory", lambda w: w.tell(make_directory(practices=MOVED, revision=0))),
    ("practices moved", lambda w: w.tell(make_directory(practices=MOVED, revision=2))),
]


WORKED = {"last year's pounds", "queried", "superseded", "queries answered", "returned by finance", "practices moved"}
"""After these steps the work list is compared: every filter and order at every step takes minutes."""


async def work(uow: UnitOfWork, person: Person) -> dict[str, object]:
    """Every filter, order and page of the work list."""
    lists = uow.work_lists(scope_of(person))
    previous = await lists.previous(COLLECTION)
    found: dict[str, object] = {
        "brief": (await lists.collection(COLLECTION), await lists.collection("none"), previous),
        "nothing before": await lists.previous(LAST_YEAR),
        "payments": {step: sum_ for step, sum_ in (await lists.payments(COLLECTION)).items() if sum_.practices},
    }
    choices = [
        *(Choice(sort=sort) for sort in WorkSort),
        *(Choice(filter=chosen) for chosen in WorkFilter),
        *(Choice(state=state) for state in State),
        *(Choice(search=text) for text in ("a81", "A81001", "surgery b", "%", "_")),
    ]
    for day in (date(2013, 4, 30), date(2013, 5, 1)):
        found[f"counts {day}"] = await lists.counts(COLLECTION, today=day)
        for choice in choices:
            for after, limit in (("", 10), (OURS, 1), ("NOWHERE", 10)):
                page = await lists.page(
                    COLLECTION,
                    choice,
                    previous=previous.collection if previous else None,
                    today=day,
                    after=after,
                    limit=limit,
                )
                found[f"{day} {choice} {after} {limit}"] = list(page)
    return found


async def counted(uow: UnitOfWork, person: Person) -> list[object]:
    """What the national team sees of the country."""
    nation = uow.nation(scope_of(person))
    return [
        *[list(await nation.by_commissioner(COLLECTION, today=day)) for day in (date(2013, 4, 30), date(2013, 5, 1))],
        list(await nation.by_supplier(COLLECTION)),
        *[dict(await nation.signed_by_hour(COLLECTION, since=NOON + timedelta(hours=back))) for back in (-1, 0, 1)],
        await nation.count_determined(COLLECTION),
        *[
            list(await nation.determined(COLLECTION, search=text, after=after, limit=limit))
            for text in ("", "a81", "surgery b", "nobody")
            for after, limit in ((None, 10), (None, 1), ((OURS, "AF 4", "adjusted-points"), 10))
        ],
    ]


async def answers(uow: UnitOfWork, person: Person) -> dict[str, object]:
    standings = uow.standings(scope_of(person))
    found: dict[str, object] = {
        "count": await standings.count(COLLECTION),
        "exists": (await standings.collection_exists(COLLECTION), await standings.collection_exists("none")),
        "figures": await standings.national_figures(COLLECTION),
        "of practices": list(await standings.of_practices(COLLECTION, [THEIRS, "none", OURS])),
        "nation": await counted(uow, person),
        "nothing": (await standings.find("none", OURS), await standings.lock(COLLECTION, "none")),
    }
    queries = uow.queries(scope_of(person))
    for practice in (OURS, THEIRS):
        standing = await standings.find(COLLECTION, practice)
        found |= {
            f"{practice} standing": standing,
            f"{practice} locked": await standings.lock(COLLECTION, practice),
            f"{practice} versions": list(await standings.versions(COLLECTION, practice)),
            f"{practice} documents": [await standings.document(COLLECTION, practice, n) for n in range(4)],
            f"{practice} audit": list(await standings.audit(COLLECTION, [practice])),
            f"{practice} determinations": list(await standings.determinations(COLLECTION, [practice])),
            f"{practice} looks": list(await uow.looks(scope_of(person)).of_practice(COLLECTION, practice, 4)),
        }
        raised = await queries.of_practice(COLLECTION, practice)
        found[f"{practice} queries"] = list(raised)
        found[f"{practice} attached"] = [
            await queries.content(COLLECTION, practice, one.query_id, position)
            for one in raised
            for position in range(3)
        ]
        if standing and standing.declaration:
            declared = standing.declaration.declaration_id
            found[f"{practice} of"] = await standings.practice_of(declared)
            found[f"{practice} locked many"] = await standings.lock_declared(COLLECTION, [declared, UUID(int=1)])
    return found


async def test_the_fake_and_postgresql_give_the_same_answers(engine: AsyncEngine) -> None:
    fake = FakeDeclarationsUnitOfWork()
    in_memory, in_postgres = World(lambda: fake), World(partial(DeclarationsUnitOfWork, engine, SEAL))
    for name, step in STEPS:
        await step(in_memory)
        await step(in_postgres)
        for person in EVERYBODY:
            async with DeclarationsUnitOfWork(engine) as uow:
                assert await answers(uow, person) == await answers(fake, person), (name, person.person)
                if name in WORKED and person in (APPROVER, NATIONAL):
                    assert await work(uow, person) == await work(fake, person), (name, person.person)


async def test_a_practice_of_another_nation_stands_in_none_of_our_collections(engine: AsyncEngine) -> None:
    world = World(partial(DeclarationsUnitOfWork, engine, SEAL))
    await world.tell(make_directory(), make_collection())
    await world.tell(make_directory(practices=[("90501", OUR_COMMISSIONER)], nation="scotland"))
    async with DeclarationsUnitOfWork(engine) as uow:
        standings = uow.standings(EveryPractice())
        listed = await uow.work_lists(EveryPractice()).page(
            COLLECTION, Choice(), previous=None, today=date(2013, 4, 30), after="", limit=10
        )
        assert [standing.practice for standing in listed] == [OURS, THEIRS]
        assert await standings.count(COLLECTION) == {State.AWAITING_EXTRACT: 2}
        assert await standings.find(COLLECTION, "90501") is None
