"""The queue in PostgreSQL: the same as in memory, one look for many, and nobody left waiting by a race."""

import asyncio
from functools import partial

import httpx
import pytest
import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.queue_watch import QueueWatch
from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.adapters.waiting import read_queue
from qof_declarations.core.permissions import EveryPractice, OnePractice
from qof_declarations.core.waiting import Half
from qof_declarations.entrypoints.http_waiting import waiting_router
from qof_declarations.testing.builders import (
    COLLECTION,
    DECLARER,
    OUR_COMMISSIONER,
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
from qof_shared.testing.waiting import until

pytestmark = pytest.mark.needs_postgres

STEPS = [
    [make_received((OURS, 1), (THEIRS, 3))],
    [make_received((OURS, 7), (OURS, 5))],
    [make_received((OURS, 2))],
    [make_achievement(OURS, 1)],
    [make_achievement(THEIRS, 3)],
    [make_national_figures()],
    [make_entitlement(THEIRS, 3)],
    [make_received((THEIRS, 8))],
    [make_rejection(THEIRS, 8)],
    [make_achievement(OURS, 7), make_entitlement(OURS, 7)],
    [make_achievement(THEIRS, 9)],
    [make_received((THEIRS, 9))],
]


async def test_the_fake_and_postgresql_see_the_same_queue(world: World, engine: AsyncEngine) -> None:
    fake = FakeDeclarationsUnitOfWork()
    in_memory = World(lambda: fake)
    await in_memory.tell(make_directory(), make_collection())
    for number, events in enumerate(STEPS):
        await in_memory.tell(*events)
        await world.tell(*events)
        seen = await FakeQueues(fake.memory, NOON).look(COLLECTION)
        async with DeclarationsUnitOfWork(engine) as uow:
            queue = await read_queue(uow.connection, COLLECTION)
            assert (queue.is_frozen, list(queue.waiting)) == (seen.is_frozen, seen.waiting), number
            for practice in (OURS, THEIRS, "none"):
                for scope in (EveryPractice(), OnePractice(OURS)):
                    told = await uow.journeys(scope).find(COLLECTION, practice)
                    assert told == await fake.journeys(scope).find(COLLECTION, practice), (number, practice, scope)
            arrived = await uow.connection.exec_driver_sql("SELECT half, sum(extracts) FROM arrivals GROUP BY half")
            assert {Half(half): count for half, count in arrived} == {
                half: sum(one.extracts for one in arrivals) for (_, half), arrivals in fake.memory.arrivals.items()
            }


async def test_whatever_order_the_queues_are_worked_in_nobody_waits_for_ever(engine: AsyncEngine) -> None:
    world = World(partial(DeclarationsUnitOfWork, engine))
    practices = [f"A{81000 + number}" for number in range(40)]
    await world.tell(make_directory(practices=[(one, OUR_COMMISSIONER) for one in practices]), make_collection())
    deliveries = [
        [make_received(*((one, 1) for one in practices))],
        [make_achievement(one, 1) for one in practices],
        [make_achievement(one, 1) for one in reversed(practices)],
        [make_received(*((one, 1) for one in reversed(practices)))],
        [make_entitlement(one, 1) for one in practices],
    ]
    await asyncio.gather(*(world.tell(*events) for events in deliveries))
    await world.tell(make_national_figures())
    async with engine.connect() as connection:
        assert list((await read_queue(connection, COLLECTION)).waiting) == []


async def test_many_who_ask_share_a_query_and_many_listeners_a_look(world: World, engine: AsyncEngine) -> None:
    await world.tell(make_received((OURS, 2), (THEIRS, 1)))
    watch = QueueWatch(engine, seconds=0.05)
    queues = await asyncio.gather(*(watch.look(COLLECTION) for _ in range(50)))
    assert len({id(queue) for queue in queues}) == 1
    heard: list[tuple[int, int]] = []

    async def hear(practice: str) -> None:
        async for told in watch.listen(COLLECTION, practice):
            assert told is not None
            journey, queue = told
            if not journey.is_in_queue:
                heard.append((journey.points, len(queue.waiting)))
                return

    listeners = [asyncio.create_task(hear(practice)) for practice in (OURS, THEIRS) for _ in range(20)]
    await until(lambda: watch.listeners == 40)
    await world.tell(make_achievement(OURS, 2), make_achievement(THEIRS, 1))
    async with asyncio.timeout(5):
        await asyncio.gather(*listeners)
    await until(lambda: watch.listeners == 0)
    assert (set(heard), len(heard)) == ({(2, 0), (1, 0)}, 40)


async def test_a_listener_who_leaves_is_forgotten_and_a_stopping_process_ends_its_streams(
    world: World, engine: AsyncEngine
) -> None:
    await world.tell(make_received((OURS, 2)))
    is_stopping = False
    watch = QueueWatch(engine, seconds=0.05, is_stopping=lambda: is_stopping)
    router = waiting_router(
        new_unit_of_work=partial(DeclarationsUnitOfWork, engine),
        people=FakePeople({DECLARER.person: DECLARER}),
        watch=watch,
        now=lambda: NOON,
    )
    app = create_app(title="t", version="1", description="", routers=[router], checks={})
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="none"))
    serving = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    events = f"/v1/collections/{COLLECTION}/practices/{OURS}/waiting/events"
    headers = {"Authorization": f"Bearer {DECLARER.person}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=10) as client:
        async with client.stream("GET", events) as leaving:
            assert "in-queue" in await anext(leaving.aiter_text())
            await until(lambda: watch.listeners == 1)
        await until(lambda: watch.listeners == 0)
        async with client.stream("GET", events) as staying:
            await until(lambda: watch.listeners == 1)
            is_stopping = server.should_exit = True
            assert "in-queue" in "".join([part async for part in staying.aiter_text()])
    async with asyncio.timeout(5):
        await serving
