"""Waiting over the wire: asked for once, or told as it changes."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta

import httpx
import pytest

from qof_declarations.core.permissions import EveryPractice
from qof_declarations.core.waiting import Journey, Queue
from qof_declarations.entrypoints.http_problems import add_declarations_problems
from qof_declarations.entrypoints.http_waiting import LONGEST_SECONDS, waiting_router
from qof_declarations.testing.builders import (
    COLLECTION,
    DECLARER,
    EVERYBODY,
    OTHER_DECLARER,
    OURS,
    THEIRS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_national_figures,
    make_received,
    make_rejection,
)
from qof_declarations.testing.fake_waiting import FakeQueues
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.http.app import create_app
from qof_shared.testing.fakes import NOON, FakePeople

WAITING = f"/v1/collections/{COLLECTION}/practices/{OURS}/waiting"
READER = {"Authorization": f"Bearer {DECLARER.person}"}


class FakeWatch(FakeQueues):
    """Tells what the database in memory holds, a tick after every step of a test."""

    is_full = False

    def __init__(self, database: FakeDeclarationsUnitOfWork) -> None:
        super().__init__(database.memory, NOON)
        self.database = database
        self.ticks: asyncio.Queue[bool] = asyncio.Queue()

    async def listen(self, collection: str, practice: str) -> AsyncGenerator[tuple[Journey, Queue] | None, None]:
        while True:
            is_there = await self.ticks.get()
            journey = await self.database.journeys(EveryPractice()).find(collection, practice)
            yield (journey, await self.look(collection)) if is_there else None
            self.ticks.task_done()


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection())
    return world


@pytest.fixture
def watch(database: FakeDeclarationsUnitOfWork) -> FakeWatch:
    return FakeWatch(database)


@pytest.fixture
async def client(
    world: World, database: FakeDeclarationsUnitOfWork, watch: FakeWatch
) -> AsyncIterator[httpx.AsyncClient]:
    people = FakePeople({person.person: person for person in EVERYBODY})
    router = waiting_router(
        new_unit_of_work=lambda: database, people=people, watch=watch, now=lambda: watch.now, chance=lambda: 0.0
    )
    app = create_app(title="t", version="1", description="", routers=[router], checks={})
    add_declarations_problems(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t", headers=READER) as client:
        yield client


async def test_from_nothing_to_a_report(client: httpx.AsyncClient, world: World) -> None:
    async def stage() -> tuple[str, int | None, int | None]:
        told = (await client.get(WAITING)).json()
        return told["stage"], told["position"], told["waiting"]

    assert await stage() == ("awaiting-extract", None, None)
    await world.tell(make_received((THEIRS, 1), (OURS, 2)))
    assert await stage() == ("in-queue", 2, 2)
    await world.tell(make_achievement(THEIRS, 1))
    assert await stage() == ("in-queue", 1, 1)
    await world.tell(make_achievement(OURS, 2))
    assert await stage() == ("awaiting-national-figures", None, None)
    await world.tell(make_national_figures())
    assert await stage() == ("awaiting-pounds", None, 2)
    await world.tell(make_entitlement(OURS, 2))
    assert await stage() == ("ready", None, None)
    await world.tell(make_received((OURS, 5)))
    assert await stage() == ("recalculating", 2, 2)
    await world.tell(make_rejection(OURS, 5))
    assert await stage() == ("rejected", None, None)


async def test_the_order_of_the_queues_does_not_matter(client: httpx.AsyncClient, world: World) -> None:
    await world.tell(make_achievement(OURS, 2))
    await world.tell(make_received((OURS, 2)))
    await world.tell(make_received((OURS, 1)))
    assert (await client.get(WAITING)).json()["stage"] == "awaiting-national-figures"


async def test_what_did_not_move_is_not_told_again(client: httpx.AsyncClient, world: World) -> None:
    first = await client.get(WAITING)
    assert int(first.headers["Retry-After"]) == first.json()["poll_after_seconds"]
    again = await client.get(WAITING, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.headers["Retry-After"]) == (304, first.headers["Retry-After"])
    await world.tell(make_received((OURS, 2)))
    moved = await client.get(WAITING, headers={"If-None-Match": first.headers["ETag"]})
    assert moved.status_code == 200


async def test_another_practices_place_is_not_told(client: httpx.AsyncClient) -> None:
    theirs = {"Authorization": f"Bearer {OTHER_DECLARER.person}"}
    for path in (WAITING, f"{WAITING}/events"):
        assert (await client.get(path, headers=theirs)).status_code == 404


async def test_listeners_hear_what_moves_until_it_is_settled(
    client: httpx.AsyncClient, world: World, watch: FakeWatch
) -> None:
    await world.tell(make_received((OURS, 2)), make_national_figures())
    listening = asyncio.create_task(client.get(f"{WAITING}/events"))
    watch.ticks.put_nowait(True)
    watch.ticks.put_nowait(False)  # the database is away for a moment
    await watch.ticks.join()
    await world.tell(make_achievement(OURS, 2), make_entitlement(OURS, 2))
    watch.ticks.put_nowait(True)
    answer = await listening
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: {")]
    assert [one["stage"] for one in told] == ["in-queue", "ready"]
    assert "retry: 2000" in answer.text


async def test_a_stream_ends_after_some_minutes(client: httpx.AsyncClient, world: World, watch: FakeWatch) -> None:
    await world.tell(make_received((OURS, 2)))
    listening = asyncio.create_task(client.get(f"{WAITING}/events"))
    watch.ticks.put_nowait(True)
    await watch.ticks.join()
    watch.now += timedelta(seconds=LONGEST_SECONDS)
    watch.ticks.put_nowait(True)
    assert (await listening).text.count("data: {") == 1


async def test_where_too_many_listen_the_page_is_sent_to_polling(client: httpx.AsyncClient, watch: FakeWatch) -> None:
    watch.is_full = True
    answer = await client.get(f"{WAITING}/events")
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "too-many-listeners")
    assert int(answer.headers["Retry-After"]) > 0
