"""Who outside a practice opened what it signed: kept once an hour, and told to whoever sees the practice."""

from datetime import timedelta

import pytest

from qof_declarations.core.look import Look
from qof_declarations.handlers.looking import keep_look_at, list_looks
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    FINANCE,
    NATIONAL,
    OTHER_DECLARER,
    OURS,
    USER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_national_figures,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.people import Person


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(
        make_directory(), make_collection(), make_national_figures(), make_achievement(), make_entitlement()
    )
    return world


async def look(
    world: World, database: FakeDeclarationsUnitOfWork, person: Person, *, version: int | None = None
) -> bool:
    return await keep_look_at(COLLECTION, OURS, version=version, person=person, uow=database, now=world.now)


async def told(database: FakeDeclarationsUnitOfWork, person: Person = DECLARER) -> list[Look]:
    return list(await list_looks(COLLECTION, OURS, person=person, uow=database))


async def test_nothing_is_kept_before_something_is_signed(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    assert not await look(world, database, APPROVER)
    assert await told(database) == []


async def test_people_of_the_practice_are_not_kept(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await world.sign(await world.digest())
    assert [await look(world, database, person) for person in (DECLARER, USER)] == [False, False]
    assert await told(database) == []


async def test_a_look_is_kept_once_for_person_version_and_hour(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    await world.sign(await world.digest())
    began = world.now
    for minutes in (0, 1, 59):
        world.now = began + timedelta(minutes=minutes)
        assert await look(world, database, APPROVER)
    await look(world, database, FINANCE)
    await look(world, database, NATIONAL, version=1)
    assert [(one.person, one.version, one.at - began) for one in await told(database)] == [
        ("fiona", 1, timedelta(minutes=59)),
        ("nora", 1, timedelta(minutes=59)),
        ("anna", 1, timedelta(0)),
    ]
    world.now = began + timedelta(minutes=60)
    await look(world, database, APPROVER)
    assert [one.person for one in await told(database)] == ["anna", "fiona", "nora", "anna"]


async def test_the_version_that_was_opened_is_kept(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await world.sign(await world.digest())
    await world.tell(make_achievement(number=2, numerator=46), make_entitlement(number=2))
    await look(world, database, APPROVER)
    await look(world, database, APPROVER, version=2)
    assert sorted(one.version for one in await told(database)) == [1, 2]


async def test_looks_are_told_to_nobody_outside_the_scope(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await world.sign(await world.digest())
    await look(world, database, APPROVER)
    assert await told(database, OTHER_DECLARER) == []
    assert [one.organisation for one in await told(database)] == [APPROVER.organisation]
