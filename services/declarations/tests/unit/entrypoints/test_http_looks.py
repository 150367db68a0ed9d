"""Who outside the practice asks over HTTP for what was signed is kept, as on the pages."""

from collections.abc import AsyncIterator

import httpx
import pytest

from qof_declarations.adapters.signature_book import GroupedSignatures
from qof_declarations.entrypoints.http import declarations_router
from qof_declarations.entrypoints.http_problems import add_declarations_problems
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    EVERYBODY,
    NATIONAL,
    OTHER_APPROVER,
    OURS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.http.app import create_app
from qof_shared.people import Person
from qof_shared.testing.fakes import NOON, FakePeople

PRACTICE = f"/v1/collections/{COLLECTION}/practices/{OURS}"


@pytest.fixture
async def client(database: FakeDeclarationsUnitOfWork) -> AsyncIterator[httpx.AsyncClient]:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection(), make_achievement(), make_entitlement())
    await world.sign(await world.digest())
    await world.tell(make_achievement(number=2, numerator=46), make_entitlement(number=2))
    people = FakePeople({person.person: person for person in EVERYBODY})
    router = declarations_router(
        new_unit_of_work=lambda: database,
        book=GroupedSignatures(lambda: database),
        people=people,
        now=lambda: NOON,
    )
    app = create_app(title="t", version="1", description="", routers=[router], checks={})
    add_declarations_problems(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://declarations") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "person", "version"),
    [
        ("/report", APPROVER, 2),
        ("/reports/1", NATIONAL, 1),
        ("/declaration", APPROVER, 1),
        ("/report", DECLARER, None),
        ("/declaration", DECLARER, None),
        ("/report", OTHER_APPROVER, None),
    ],
)
async def test_a_look_is_kept_of_whoever_is_outside_and_may_see(
    client: httpx.AsyncClient,
    database: FakeDeclarationsUnitOfWork,
    path: str,
    person: Person,
    version: int | None,
) -> None:
    for _ in range(3):
        answer = await client.get(f"{PRACTICE}{path}", headers={"Authorization": f"Bearer {person.person}"})
    assert answer.status_code == (404 if person is OTHER_APPROVER else 200)
    kept = [(look.person, look.version) for look in database.memory.looks.values()]
    assert kept == ([(person.person, version)] if version else [])
