"""Points and pounds become one report, in whatever order and however often they come."""

from collections.abc import Mapping, Sequence
from itertools import permutations

import msgspec
import pytest

from qof_declarations.core.lifecycle import State
from qof_declarations.handlers.errors import ReportAwaitedError
from qof_declarations.testing.builders import (
    COLLECTION,
    NATIONAL,
    OURS,
    THEIRS,
    extract_id,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_national_figures,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.contracts import Event, ReportPublished, ReportsPublished
from qof_shared.errors import PermanentError


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection())
    return world


def published(database: FakeDeclarationsUnitOfWork) -> list[ReportPublished]:
    events = [event for event in database.outbox.events if event.name == ReportsPublished.event]
    return [report for event in events for report in event.content(ReportsPublished).reports]


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_every_order_of_arrival_ends_with_the_newest_figures(
    world: World, database: FakeDeclarationsUnitOfWork, order: tuple[int, ...]
) -> None:
    events = [
        make_achievement(number=1),
        make_achievement(number=2, numerator=46),
        make_entitlement(number=1),
        make_entitlement(number=2, pounds="1020.05"),
    ]
    for place in order:
        await world.tell(events[place])
        await world.tell(events[place])
    report = await world.report()
    assert report.about.extract_id == extract_id(OURS, 2)
    assert (report.about.points, report.about.pounds) == ("46/6", "1020.05")
    assert [told.version for told in published(database)] == list(range(1, report.about.version + 1))
    assert published(database)[-1].digest == report.about.digest


async def test_a_batch_of_many_practices_makes_their_reports_at_once(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    batch = [event for practice in (OURS, THEIRS) for event in (make_achievement(practice), make_entitlement(practice))]
    await world.tell(*batch)
    assert {told.practice for told in published(database)} == {OURS, THEIRS}


async def test_within_one_batch_the_newest_wins(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await world.tell(make_achievement(number=2, numerator=50), make_achievement(number=1))
    await world.tell(
        make_entitlement(number=2, snapshot=2, pounds="2.00"),
        make_entitlement(number=2, snapshot=1, pounds="1.00"),
        make_entitlement(number=1, snapshot=3, pounds="3.00"),
    )
    assert [(told.extract_number, told.version) for told in published(database)] == [(2, 1)]
    assert (await world.report()).about.pounds == "2.00"


async def test_of_the_same_extract_and_snapshot_the_newer_account_is_paid(world: World) -> None:
    await world.tell(make_achievement(), make_entitlement(account=2, pounds="-2.00"))
    await world.tell(make_entitlement(account=1, pounds="1.00"))
    assert (await world.report()).about.pounds == "-2.00"
    await world.tell(make_entitlement(account=3, pounds="3.00"))
    assert ((await world.report()).about.pounds, (await world.report()).about.version) == ("3.00", 2)


async def test_points_without_pounds_are_shown_but_not_as_a_report(world: World) -> None:
    await world.tell(make_achievement())
    standing = (await world.view()).standing
    assert (standing.state, standing.points, standing.pounds) == (State.AWAITING_NATIONAL_FIGURES, "45/6", None)
    with pytest.raises(ReportAwaitedError, match="pounds wait for the national figures") as awaited:
        await world.report()
    assert awaited.value.points == "45/6"
    await world.tell(make_national_figures())
    with pytest.raises(ReportAwaitedError, match="being worked out on the national figures 'freeze 1'"):
        await world.report()


async def test_nothing_yet_awaits_an_extract(world: World) -> None:
    with pytest.raises(ReportAwaitedError, match="No extract"):
        await world.report()


async def test_the_same_content_is_no_new_version_but_its_supplier_hears_of_it(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    await world.tell(make_achievement(number=1), make_entitlement(number=1))
    await world.tell(make_achievement(number=2), make_entitlement(number=2))
    assert [(told.extract_number, told.version) for told in published(database)] == [(1, 1), (2, 1)]
    assert len({told.digest for told in published(database)}) == 1


async def test_new_national_figures_make_a_new_version(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await world.tell(make_achievement(), make_entitlement(snapshot=1))
    await world.tell(make_entitlement(snapshot=2, pounds="990.00"))
    assert [told.version for told in published(database)] == [1, 2]
    assert (await world.view(NATIONAL)).standing.pounds == "990.00"


async def test_an_event_that_does_not_fit_is_given_up_at_once(world: World) -> None:
    good = make_achievement()
    bad = Event(
        message_id=good.message_id,
        name=good.name,
        occurred_at=good.occurred_at,
        correlation_id="x",
        data=msgspec.Raw(b'{"practice": 1}'),
    )
    with pytest.raises(PermanentError, match="does not fit its contract"):
        await world.tell(bad)


async def test_figures_that_make_no_report_are_given_up_at_once(world: World) -> None:
    good = make_achievement()
    content = msgspec.json.decode(good.data)
    content["indicators"] *= 2
    bad = msgspec.structs.replace(good, data=msgspec.Raw(msgspec.json.encode(content)))
    await world.tell(make_entitlement())
    with pytest.raises(PermanentError, match=f"{COLLECTION} {OURS}: AF 4 is there twice"):
        await world.tell(bad)


def with_row(event: Event, changes: Mapping[int, object] | None = None, *, more: Sequence[object] = ()) -> Event:
    """The same points, with an indicator's fields changed by position, and fields added."""
    content = msgspec.json.decode(event.data)
    row = content["indicators"][0]
    for position, value in (changes or {}).items():
        row[position] = value
    row.extend(more)
    return msgspec.structs.replace(event, data=msgspec.Raw(msgspec.json.encode(content)))


@pytest.mark.parametrize("changes", [{10: 45.5}, {10: "45"}, {5: 7.5}, {6: None}, {15: {"unsuitable": 0.5}}, {18: 1}])
@pytest.mark.parametrize("points_first", [True, False])
async def test_a_row_that_does_not_fit_is_never_signed(
    world: World, database: FakeDeclarationsUnitOfWork, changes: Mapping[int, object], points_first: bool
) -> None:
    halves = with_row(make_achievement(), changes), make_entitlement()
    first, second = halves if points_first else reversed(halves)
    await world.tell(first)
    with pytest.raises(PermanentError, match="does not fit its contract"):
        await world.tell(second)
    assert not published(database)


async def test_what_a_later_release_adds_to_a_row_is_not_signed(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    await world.tell(make_achievement(number=1), make_entitlement(number=1))
    await world.tell(with_row(make_achievement(number=2), more=[0.5, "new"]), make_entitlement(number=2))
    assert [(told.extract_number, told.version) for told in published(database)] == [(1, 1), (2, 1)]


async def test_an_older_directory_does_not_replace_a_newer_one(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    await world.tell(make_directory(practices=[(OURS, "NEW")], revision=3))
    await world.tell(make_directory(practices=[(OURS, "OLD")], revision=2))
    assert database.memory.practices[OURS][1].commissioner == "NEW"
