"""A commissioner's work: the list in every order, flags against last year, approving many, reminders."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from qof_declarations.core.anomaly import Anomaly
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import NotPossibleNowError, State
from qof_declarations.core.permissions import NotAllowedError
from qof_declarations.core.query import Disagreement
from qof_declarations.core.work_list import Choice, WorkFilter, WorkSort
from qof_declarations.handlers.errors import NewerFiguresError
from qof_declarations.handlers.overseeing import approve_many, list_all_work, list_reminders, list_work
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    FINANCE,
    NATIONAL,
    OTHER_APPROVER,
    OUR_COMMISSIONER,
    OURS,
    THEIR_COMMISSIONER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_national_figures,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.contracts import DeclarationApproved, DeclarationFinanceApproved
from qof_shared.people import Person, Role

PRACTICES = [(f"A8100{place}", OUR_COMMISSIONER) for place in range(1, 6)] + [("B82002", THEIR_COMMISSIONER)]
LAST_YEAR = "england-2011-12"
SIGN_BY = date(2013, 4, 30)
TODAY = date(2013, 4, 30)


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(
        make_directory(practices=PRACTICES),
        make_collection(LAST_YEAR, first_year=2011),
        make_collection(sign_by=SIGN_BY),
        make_national_figures(),
        *(make_achievement(practice) for practice in ("A81001", "A81002", "A81003")),
        make_entitlement("A81001"),
        make_entitlement("A81002", pounds="2000.00"),
        make_achievement("A81001", numerator=60, collection=LAST_YEAR),
        make_entitlement("A81001", pounds="1500.00", collection=LAST_YEAR),
    )
    await sign(world, OURS)
    return world


async def sign(world: World, practice: str) -> UUID:
    signer = Person(f"declarer of {practice}", "D", Role.PRACTICE_DECLARER, practice)
    declaration = (await world.sign(await world.digest(practice), person=signer, practice=practice)).view.standing
    assert declaration.declaration is not None
    return declaration.declaration.declaration_id


def codes(entries: Sequence[object]) -> list[str]:
    return [entry.standing.practice for entry in entries]  # type: ignore[attr-defined]  # entries and reminders alike


@pytest.mark.parametrize("sort", list(WorkSort))
async def test_a_work_list_comes_page_by_page_in_every_order(
    world: World, database: FakeDeclarationsUnitOfWork, sort: WorkSort
) -> None:
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await list_work(
            COLLECTION, Choice(sort=sort), after=after, limit=2, person=APPROVER, uow=database, today=TODAY
        )
        seen += codes(page.entries)
        after = page.next
    first = {WorkSort.POUNDS: ["A81002", "A81001"]}.get(sort, ["A81001", "A81002"])
    assert seen == [*first, "A81003", "A81004", "A81005"]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(state=State.SIGNED), ["A81001"]),
        (Choice(WorkFilter.SIGNED), ["A81001"]),
        (Choice(WorkFilter.NOT_STARTED), ["A81002", "A81003", "A81004", "A81005"]),
        (Choice(WorkFilter.NOT_SIGNED), ["A81002", "A81003", "A81004", "A81005"]),
        (Choice(WorkFilter.QUERIED), []),
        (Choice(WorkFilter.LATE), []),
        (Choice(search="a81003"), ["A81003"]),
        (Choice(search="GERY A81004"), ["A81004"]),
        (Choice(search="%"), []),
        (Choice(search="nothing"), []),
    ],
)
async def test_a_work_list_shows_what_was_chosen(
    world: World, database: FakeDeclarationsUnitOfWork, choice: Choice, expected: list[str]
) -> None:
    found = await list_work(COLLECTION, choice, person=APPROVER, uow=database, today=TODAY)
    assert codes(found.entries) == expected
    assert found.counts[WorkFilter.SIGNED] == 1
    assert sum(found.counts[one] for one in (WorkFilter.SIGNED, WorkFilter.NOT_SIGNED)) == 5


async def test_who_has_not_signed_after_the_day_is_late(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    late = await list_work(
        COLLECTION, Choice(WorkFilter.LATE), person=APPROVER, uow=database, today=TODAY + timedelta(days=1)
    )
    assert codes(late.entries) == ["A81002", "A81003", "A81004", "A81005"]
    assert all(entry.is_late for entry in late.entries)


async def test_an_open_query_puts_a_practice_among_the_queried(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    query = (await world.disagree(Disagreement(("AF 4",), "why"))).query
    choice = Choice(WorkFilter.QUERIED)
    found = await list_work(COLLECTION, choice, person=APPROVER, uow=database, today=TODAY)
    assert (codes(found.entries), found.counts[WorkFilter.QUERIED]) == ([OURS], 1)
    await world.withdraw_query(query.query_id)
    assert not (await list_work(COLLECTION, choice, person=APPROVER, uow=database, today=TODAY)).entries


async def test_what_moved_against_last_year_is_flagged(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    found = await list_work(COLLECTION, person=APPROVER, uow=database, today=TODAY)
    ours, second = found.entries[:2]
    assert found.previous is not None
    assert (found.previous.collection, found.previous.qof_year) == (LAST_YEAR, "2011-12")
    assert ours.last_year is not None
    assert (ours.last_year.points, ours.last_year.pounds) == ("60/6", "1500.00")
    assert [(flag.anomaly, flag.sentence) for flag in ours.flags] == [
        (Anomaly.POINTS, "75.00 % of the points, 100.00 % in 2011-12: 25 % less."),
        (Anomaly.POUNDS, "£1,003.20, £1,500.00 in 2011-12: 33 % less."),
    ]
    assert (second.last_year, second.flags) == (None, ()), "without last year there is nothing to compare"


async def test_everything_is_there_for_an_export(
    world: World, database: FakeDeclarationsUnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qof_declarations.handlers.overseeing.PAGE", 2)
    assert len(await list_all_work(COLLECTION, person=NATIONAL, uow=database, today=TODAY)) == 6
    assert len(await list_reminders(COLLECTION, person=NATIONAL, uow=database, today=TODAY)) == 5


async def test_reminders_say_what_to_do(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    texts = {
        one.standing.practice: one.text
        for one in await list_reminders(COLLECTION, person=APPROVER, uow=database, today=date(2013, 5, 1))
    }
    assert set(texts) == {"A81002", "A81003", "A81004", "A81005"}
    assert texts["A81002"] == (
        "Your QOF report for 2012-13 is ready. Please check it, and sign it. It was due by 30 April 2013."
    )
    assert "wait for the national figures" in texts["A81003"]
    assert "ask your system supplier" in texts["A81004"]


async def test_many_are_approved_each_checked_on_its_own(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    ours, second = await sign(world, OURS), await sign(world, "A81002")
    await world.send_back(second, "look again")
    unknown = uuid4()
    outcomes = await world.approve_many(second, ours, unknown, ours)
    assert [(one.declaration_id, one.state, one.is_new) for one in outcomes] == [
        (second, State.RETURNED, False),
        (ours, State.APPROVED, True),
        (unknown, None, False),
    ]
    assert [type(one.refusal) for one in outcomes] == [NotPossibleNowError, type(None), NotFoundError]
    again = await world.approve_many(ours)
    assert [(one.is_new, one.refusal) for one in again] == [(False, None)]
    assert len(database.outbox.contents(DeclarationApproved)) == 1
    assert [one.state for one in await world.approve_many(ours, person=OTHER_APPROVER)] == [None]


async def test_finance_approves_the_payments_of_many(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    ours, second = await sign(world, OURS), await sign(world, "A81002")
    await world.approve_many(ours, second)
    await world.tell(make_achievement("A81002", 2, numerator=46), make_entitlement("A81002", 2))
    outcomes = await world.approve_many(ours, second, person=FINANCE)
    assert [one.state for one in outcomes] == [State.FINANCE_APPROVED, State.APPROVED]
    assert [type(one.refusal) for one in outcomes] == [type(None), NewerFiguresError]
    [told] = database.outbox.contents(DeclarationFinanceApproved)
    assert isinstance(told, DeclarationFinanceApproved)
    assert told.declaration_id == ours


async def test_a_declaration_that_was_signed_anew_is_not_approved_in_its_place(world: World) -> None:
    first = await sign(world, OURS)
    await world.tell(make_achievement(number=2, numerator=46), make_entitlement(number=2))
    second = await sign(world, OURS)
    outcomes = await world.approve_many(first, second)
    assert [one.refusal is None for one in outcomes] == [False, True]


async def test_people_of_a_practice_have_no_work_list(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    with pytest.raises(NotAllowedError):
        await list_work(COLLECTION, person=DECLARER, uow=database, today=TODAY)
    with pytest.raises(NotAllowedError):
        await list_reminders(COLLECTION, person=DECLARER, uow=database, today=TODAY)
    for person in (DECLARER, NATIONAL):
        with pytest.raises(NotAllowedError):
            await approve_many(COLLECTION, [], person=person, uow=database, now=world.now)


async def test_an_unknown_collection_is_not_found(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    with pytest.raises(NotFoundError):
        await list_work("none", person=NATIONAL, uow=database, today=TODAY)
