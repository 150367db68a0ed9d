from datetime import date

import pytest

from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import NotAllowedError
from qof_declarations.handlers.nation import list_collections, list_determined, show_progress
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    FINANCE,
    NATIONAL,
    OURS,
    THEIRS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    want,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.people import Person
from qof_shared.testing.fakes import NOON


@pytest.fixture
async def uow() -> FakeDeclarationsUnitOfWork:
    uow = FakeDeclarationsUnitOfWork()
    world = World(lambda: uow)
    await world.tell(make_directory(), make_collection(sign_by=date(2000, 1, 1)))
    await world.tell(make_achievement(), make_entitlement())
    await world.sign(await world.digest())
    return uow


async def test_the_country_is_counted_by_state_commissioner_supplier_and_hour(uow: FakeDeclarationsUnitOfWork) -> None:
    found = await show_progress(COLLECTION, person=NATIONAL, uow=uow, now=NOON)
    assert {state: n for state, n in found.by_state.items() if n} == {State.SIGNED: 1, State.AWAITING_EXTRACT: 1}
    assert set(found.by_state) == set(State)
    # The other commissioner's practice is late, so it comes first.
    assert [(one.practices, one.signed, one.late) for one in found.commissioners] == [(1, 0, 1), (1, 1, 0)]
    assert [(one.supplier, one.practices, one.received, one.reported) for one in found.suppliers] == [("S1", 2, 1, 1)]
    assert found.hours[-1].signed == sum(one.signed for one in found.hours) == 1
    assert (found.practices, found.late, found.figures, found.determined) == (2, 1, None, 0)


async def test_collections_are_listed_with_every_state(uow: FakeDeclarationsUnitOfWork) -> None:
    (one,) = await list_collections(person=NATIONAL, uow=uow)
    assert one.collection.collection == COLLECTION
    assert (sum(one.by_state.values()), set(one.by_state)) == (2, set(State))


async def test_determinations_are_paged_by_practice(uow: FakeDeclarationsUnitOfWork) -> None:
    world = World(lambda: uow)
    await world.determine(want("6", practice=THEIRS), person=NATIONAL)
    first = await list_determined(COLLECTION, limit=1, person=NATIONAL, uow=uow)
    assert (first.total, first.next) == (1, None)
    assert [one.determination.subject.practice for one in first.determined] == [THEIRS]
    assert not (await list_determined(COLLECTION, search=OURS, person=NATIONAL, uow=uow)).determined


async def test_the_next_page_begins_behind_the_last(uow: FakeDeclarationsUnitOfWork) -> None:
    world = World(lambda: uow)
    await world.determine(want("50", practice=THEIRS, what="lower-threshold"), person=NATIONAL)
    await world.determine(want("6", practice=THEIRS), person=NATIONAL)
    first = await list_determined(COLLECTION, limit=1, person=NATIONAL, uow=uow)
    second = await list_determined(COLLECTION, limit=1, after=first.next, person=NATIONAL, uow=uow)
    kinds = [one.determination.subject.determines.value for one in (*first.determined, *second.determined)]
    assert (kinds, second.next) == (["adjusted-points", "lower-threshold"], None)


@pytest.mark.parametrize("person", [DECLARER, APPROVER, FINANCE])
async def test_nobody_else_sees_the_country(uow: FakeDeclarationsUnitOfWork, person: Person) -> None:
    for asked in (
        show_progress(COLLECTION, person=person, uow=uow, now=NOON),
        list_collections(person=person, uow=uow),
        list_determined(COLLECTION, person=person, uow=uow),
    ):
        with pytest.raises(NotAllowedError):
            await asked


async def test_an_unknown_collection_is_not_found(uow: FakeDeclarationsUnitOfWork) -> None:
    with pytest.raises(NotFoundError, match="no collection nowhere"):
        await show_progress("nowhere", person=NATIONAL, uow=uow, now=NOON)
