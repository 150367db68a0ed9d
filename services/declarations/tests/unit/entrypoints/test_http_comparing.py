"""Comparing over the wire: last year under its old code, others only where they are enough, hints as sentences."""

from collections.abc import AsyncIterator
from datetime import date

import httpx
import pytest

from qof_declarations.adapters.hint_thresholds import hint_thresholds
from qof_declarations.entrypoints.http_comparing import comparison_router
from qof_declarations.entrypoints.http_problems import add_declarations_problems
from qof_declarations.entrypoints.jobs import measure_what_is_due
from qof_declarations.testing.builders import (
    COLLECTION,
    EVERYBODY,
    OTHER_DECLARER,
    OUR_COMMISSIONER,
    OURS,
    THEIR_COMMISSIONER,
    THEIRS,
    USER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    tell,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.contracts import CollectionOpened, CollectionRecord
from qof_shared.http.app import create_app
from qof_shared.testing.fakes import NOON, FakePeople

PRACTICE = f"/v1/collections/{COLLECTION}/practices/{OURS}"
READER = {"Authorization": f"Bearer {USER.person}"}
LAST_YEAR = CollectionRecord(
    collection="england-2011-12", nation="england", qof_year="2011-12", achievement_date=date(2012, 3, 31)
)
NEIGHBOURS = [f"A8200{number}" for number in range(5)]


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    ours = [(code, OUR_COMMISSIONER) for code in (OURS, *NEIGHBOURS)]
    directory = make_directory(practices=[*ours, (THEIRS, THEIR_COMMISSIONER)])
    await world.tell(directory, make_collection(), tell(CollectionOpened(collection=LAST_YEAR)))
    return world


@pytest.fixture
async def client(world: World, database: FakeDeclarationsUnitOfWork) -> AsyncIterator[httpx.AsyncClient]:
    people = FakePeople({person.person: person for person in EVERYBODY})
    router = comparison_router(new_unit_of_work=lambda: database, people=people, thresholds=hint_thresholds())
    app = create_app(title="t", version="1", description="", routers=[router], checks={})
    add_declarations_problems(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t", headers=READER) as client:
        yield client


async def publish(world: World, practice: str, numerator: int, collection: str = COLLECTION) -> None:
    await world.tell(
        make_achievement(practice, numerator=numerator, collection=collection),
        make_entitlement(practice, collection=collection, pounds=f"{numerator}.00"),
    )


async def test_a_report_is_laid_beside_last_year_and_the_others(
    client: httpx.AsyncClient, world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    await publish(world, OURS, 40, "england-2011-12")
    for number, practice in enumerate((OURS, *NEIGHBOURS, THEIRS)):
        await publish(world, practice, 45 + number)
    await measure_what_is_due(lambda: database, lambda: NOON)
    told = (await client.get(f"{PRACTICE}/comparison")).json()
    assert (told["report_version"], told["has_last_year"]) == (1, True)
    assert (told["points"]["value"], told["points"]["last_year"], told["pounds"]["change"]) == ("7.50", "6.67", "5.00")
    compared = told["indicators"]["AF 4"]
    assert compared["last_years_code"] == "AF 4"
    assert (compared["availability"], compared["percentage"]["change"]) == ("part", "8.33")
    assert compared["percentage"]["commissioner"]["practices"] == 6
    nation = compared["percentage"]["nation"]
    assert [nation[one] for one in ("practices", "lowest", "median", "highest")] == [7, "75.00", "80.00", "85.00"]
    assert nation["band"] == "lowest-quarter"
    assert told["groups"]["AF"] == {
        "points": "7.5",
        "points_available": "10",
        "last_points": "20/3",
        "last_points_available": "10",
    }


async def test_of_few_practices_and_before_the_first_measurement_nothing_is_told(
    client: httpx.AsyncClient, world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    await publish(world, OURS, 45)
    assert (await client.get(f"{PRACTICE}/comparison")).json()["measured_at"] is None
    await measure_what_is_due(lambda: database, lambda: NOON)
    told = (await client.get(f"{PRACTICE}/comparison")).json()
    assert told["measured_at"] is not None
    assert (told["points"]["commissioner"], told["points"]["nation"], told["points"]["last_year"]) == (None, None, None)


async def test_hints_are_sentences(client: httpx.AsyncClient, world: World) -> None:
    await publish(world, OURS, 40, "england-2011-12")
    await publish(world, OURS, 0)
    told = (await client.get(f"{PRACTICE}/hints")).json()
    assert [(one["rule"], one["about"]) for one in told] == [("nothing-achieved", "AF 4")]
    assert told[0]["sentence"].startswith("No patient meets AF 4")


@pytest.mark.parametrize("path", ["comparison", "hints"])
async def test_before_a_report_and_for_others_there_is_nothing(
    client: httpx.AsyncClient, world: World, path: str
) -> None:
    awaited = await client.get(f"{PRACTICE}/{path}")
    assert (awaited.status_code, awaited.json()["type"].rpartition("/")[2]) == (404, "report-awaited")
    await publish(world, OURS, 45)
    theirs = {"Authorization": f"Bearer {OTHER_DECLARER.person}"}
    assert (await client.get(f"{PRACTICE}/{path}", headers=theirs)).status_code == 404
