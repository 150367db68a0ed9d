"""A commissioner's list, told: filters with counts, last year beside, what can be ticked, what approving comes to."""

from datetime import date

import pytest

from qof_declarations.core.query import Disagreement
from qof_declarations.core.work_list import Choice, WorkFilter
from qof_declarations.entrypoints.web.views.work_list import tabs, weighed_part, work_row
from qof_declarations.handlers.overseeing import EVERYTHING, WorkList, list_work, weigh_many
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    FINANCE,
    OUR_COMMISSIONER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_national_figures,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.people import Person, Role

PRACTICES = [f"A8100{place}" for place in range(1, 5)]
LAST_YEAR = "england-2011-12"
TODAY = date(2013, 5, 1)


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    """The first has signed and moved against last year, the second has signed, the third has not."""
    world = World(lambda: database)
    await world.tell(
        make_directory(practices=[(one, OUR_COMMISSIONER) for one in PRACTICES]),
        make_collection(LAST_YEAR, first_year=2011),
        make_collection(sign_by=date(2013, 4, 30)),
        make_national_figures(),
        *(make_achievement(one) for one in PRACTICES[:3]),
        *(make_entitlement(one) for one in PRACTICES[:3]),
        make_achievement(PRACTICES[0], numerator=60, collection=LAST_YEAR),
        make_entitlement(PRACTICES[0], pounds="1500.00", collection=LAST_YEAR),
    )
    for practice in PRACTICES[:2]:
        signer = Person(f"declarer of {practice}", "D", Role.PRACTICE_DECLARER, practice)
        await world.sign(await world.digest(practice), person=signer, practice=practice)
    return world


async def listed(
    database: FakeDeclarationsUnitOfWork, person: Person = APPROVER, choice: Choice = EVERYTHING
) -> WorkList:
    return await list_work(COLLECTION, choice, person=person, uow=database, today=TODAY)


async def test_every_filter_has_its_count_and_keeps_the_search(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    found = tabs(await listed(database), WorkFilter.SIGNED, "/list", {"search": "A81", "sort": ""})
    assert [(one.name, one.count) for one in found] == [
        ("All", 4),
        ("Signed, to approve", 2),
        ("Not started", 2),
        ("Late", 2),
        ("Queried", 0),
        ("Figures moved", 0),
        ("Returned", 0),
        ("Approved, with finance", 0),
        ("Payment approved", 0),
    ]
    assert [one.href for one in found[:2]] == ["/list?search=A81", "/list?filter=signed&search=A81"]
    assert [one.name for one in found if one.is_chosen] == ["Signed, to approve"]


async def test_a_row_tells_this_year_last_year_and_the_difference(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    first, second, third, fourth = (work_row(one) for one in (await listed(database)).entries)
    assert (first.points, first.points_before) == ("7.50", "10.00")
    assert (first.pounds, first.pounds_before, first.pounds_change) == ("£1,003.20", "£1,500.00", "−£496.80")
    assert len(first.flags) == 2
    assert (second.pounds_before, second.pounds_change, second.flags) == ("", "", [])
    assert (third.tag.text, third.is_late, third.signed) == ("Not signed", True, "")
    assert (fourth.points, fourth.pounds, fourth.tag.text) == ("–", "–", "Waiting for the extract")
    assert [one.can_tick for one in (first, second, third, fourth)] == [True, True, False, False]


@pytest.mark.parametrize(("tick", "ticked"), [("", []), ("all", PRACTICES[:2]), ("plain", PRACTICES[1:2])])
async def test_boxes_are_ticked_beforehand(
    world: World, database: FakeDeclarationsUnitOfWork, tick: str, ticked: list[str]
) -> None:
    rows = [work_row(one, tick=tick) for one in (await listed(database)).entries]
    assert [one.practice for one in rows if one.is_ticked] == ticked


async def test_a_query_is_something_to_look_at(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    asker = Person("u", "U", Role.PRACTICE_USER, PRACTICES[1])
    await world.disagree(Disagreement(("AF 4",), "why"), person=asker, practice=PRACTICES[1])
    rows = [work_row(one, tick="plain") for one in (await listed(database)).entries]
    assert not any(one.is_ticked for one in rows)
    assert rows[1].open_queries == 1


async def test_finance_sees_what_was_signed_and_ticks_only_that(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    for one in (await listed(database)).entries[:2]:
        assert one.standing.declaration is not None
        await world.approve(one.standing.declaration.declaration_id)
    await world.tell(make_achievement(PRACTICES[1], 2, numerator=60), make_entitlement(PRACTICES[1], 2, pounds="9.00"))
    rows = [work_row(one) for one in (await listed(database, FINANCE, Choice(WorkFilter.APPROVED))).entries]
    assert [(one.pounds, one.is_newer, one.can_tick) for one in rows] == [
        ("£1,003.20", False, True),
        ("£1,003.20", True, False),
    ]


async def test_what_was_ticked_is_summed_exactly(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    weighed = await weigh_many(
        COLLECTION, [*PRACTICES, "NONE"], person=APPROVER, uow=database, now=world.now, today=TODAY
    )
    part = weighed_part(weighed)
    assert (part.ready_pounds, part.done_pounds) == ("£2,006.40", "£0.00")
    assert [[one.practice for one in rows] for rows in (part.ready, part.done, part.refused)] == [
        PRACTICES[:2],
        [],
        [*PRACTICES[2:], "NONE"],
    ]
    assert all(one.told for one in part.refused)
