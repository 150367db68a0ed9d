"""What people see: the newest report, every version, and progress."""

import hashlib

import pytest

from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import NotAllowedError
from qof_declarations.handlers.reading import (
    list_versions,
    show_progress,
    show_report,
    show_version,
)
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    NATIONAL,
    OUR_COMMISSIONER,
    OURS,
    THEIR_COMMISSIONER,
    USER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_national_figures,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World

PRACTICES = [(f"A8100{place}", OUR_COMMISSIONER) for place in range(1, 6)] + [("B82002", THEIR_COMMISSIONER)]


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(
        make_directory(practices=PRACTICES),
        make_collection(),
        make_national_figures(),
        *(make_achievement(practice) for practice in ("A81001", "A81002", "A81003")),
        *(make_entitlement(practice) for practice in ("A81001", "A81002")),
    )
    await world.sign(await world.digest())
    return world


async def test_a_report_is_its_document(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    report = await show_report(COLLECTION, OURS, person=USER, uow=database)
    assert report.document is not None
    assert hashlib.sha256(report.document).hexdigest() == report.about.digest
    again = await show_report(COLLECTION, OURS, known=[report.about.digest], person=USER, uow=database)
    assert (again.about, again.document) == (report.about, None)


async def test_every_version_stays(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await world.tell(make_achievement(number=2, numerator=50), make_entitlement(number=2))
    versions = await list_versions(COLLECTION, OURS, person=USER, uow=database)
    assert [version.version for version in versions] == [2, 1]
    first = await show_version(COLLECTION, OURS, 1, person=USER, uow=database)
    assert first.document is not None
    assert hashlib.sha256(first.document).hexdigest() == versions[1].digest
    known = await show_version(COLLECTION, OURS, 1, known=[versions[1].digest], person=USER, uow=database)
    assert known.document is None
    with pytest.raises(NotFoundError, match="no report version 3"):
        await show_version(COLLECTION, OURS, 3, person=USER, uow=database)


async def test_progress_counts_every_state_within_the_scope(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    ours = await show_progress(COLLECTION, person=APPROVER, uow=database)
    everything = await show_progress(COLLECTION, person=NATIONAL, uow=database)
    assert set(ours.by_state) == set(State)
    assert (ours.practices, everything.practices) == (5, 6)
    assert (ours.by_state[State.AWAITING_EXTRACT], everything.by_state[State.AWAITING_EXTRACT]) == (2, 3)
    assert ours.national_figures is not None
    assert ours.national_figures.name == "freeze 1"


async def test_people_of_a_practice_have_no_progress(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    with pytest.raises(NotAllowedError):
        await show_progress(COLLECTION, person=USER, uow=database)


async def test_an_unknown_collection_is_not_found(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    for answer in (
        show_progress("none", person=NATIONAL, uow=database),
        show_report("none", OURS, person=NATIONAL, uow=database),
    ):
        with pytest.raises(NotFoundError):
            await answer
