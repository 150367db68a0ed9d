"""The queue in PostgreSQL: who waits, who has come out, and each counted once."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.adapters.unit_of_work import IngestUnitOfWork
from qof_ingest.adapters.waiting import PostgresQueues, read_queue
from qof_ingest.bootstrap import create_consumers
from qof_shared.contracts import Event, ExtractRejected, ReportPublished, new_event
from qof_shared.testing.fakes import NOON

pytestmark = pytest.mark.needs_postgres

COLLECTION, QUEUE = "QOF-2012-13-SCOTLAND", "ingest.outcomes"


def rejected(extract_id: UUID) -> Event:
    content = ExtractRejected(
        extract_id=extract_id,
        extract_number=1,
        collection=COLLECTION,
        practice="10002",
        ruleset="scotland-2012-13",
        rejected_at=NOON,
        reasons=[],
    )
    return new_event(content, occurred_at=NOON, correlation_id="test")


def reported(extract_id: UUID) -> Event:
    content = ReportPublished(
        collection=COLLECTION,
        practice="10002",
        version=1,
        digest="1" * 64,
        extract_id=extract_id,
        extract_number=1,
        entitlement_id=extract_id,
        published_at=NOON,
    )
    return new_event(content, occurred_at=NOON, correlation_id="test")


async def post(client: httpx.AsyncClient, make_extract: Callable[..., Any], count: int, first: int = 1) -> list[UUID]:
    bodies = [make_extract(list_size=1000 + number) for number in range(first, first + count)]
    return [UUID((await client.post("/v1/extracts", json=body)).json()["extract_id"]) for body in bodies]


async def test_an_extract_waits_from_its_acceptance_to_its_first_outcome(
    engine: AsyncEngine, client: httpx.AsyncClient, make_extract: Callable[..., Any], query: Any
) -> None:
    first, second, third = await post(client, make_extract, 3)
    apply = create_consumers(engine)[QUEUE]
    told = (await client.get(f"/v1/extracts/{third}/waiting")).json()
    assert (told["position"], told["waiting"], told["expected_at"]) == (3, 3, None)
    assert (await client.get(f"/v1/extracts/{third}")).json()["links"]["waiting"] == f"/v1/extracts/{third}/waiting"

    await apply(QUEUE, [rejected(first), reported(second)])
    await apply(QUEUE, [rejected(first)])
    await apply(QUEUE, [reported(first)])
    assert [tuple(row) for row in await query("SELECT collection, extracts FROM arrivals")] == [(COLLECTION, 1)] * 2
    through = (await client.get(f"/v1/extracts/{second}/waiting")).json()
    assert (through["position"], through["is_settled"]) == (None, True)
    assert "waiting" not in (await client.get(f"/v1/extracts/{second}")).json()["links"]
    async with engine.connect() as connection:
        queue = await read_queue(connection, COLLECTION)
    assert (queue.length, queue.position(10**9)) == (1, 1)


async def test_a_replay_waits_once(client: httpx.AsyncClient, make_extract: Callable[..., Any], query: Any) -> None:
    await post(client, make_extract, 1)
    await post(client, make_extract, 1)
    assert [row[0] for row in await query("SELECT count(*) FROM waiting")] == [1]


async def test_what_is_accepted_again_waits_again(
    engine: AsyncEngine,
    client: httpx.AsyncClient,
    make_extract: Callable[..., Any],
    make_determined: Callable[..., Event],
    query: Any,
) -> None:
    (extract_id,) = await post(client, make_extract, 1)
    consumers = create_consumers(engine)
    await consumers[QUEUE](QUEUE, [rejected(extract_id)])
    await consumers["ingest.determinations"]("ingest.determinations", [make_determined()])
    rows = await query("SELECT e.amends FROM waiting AS w JOIN extracts AS e USING (collection, extract_number)")
    assert [row.amends for row in rows] == [extract_id]


async def test_workers_that_tell_of_the_same_extracts_at_once_count_each_once(
    engine: AsyncEngine, client: httpx.AsyncClient, make_extract: Callable[..., Any], query: Any
) -> None:
    extracts = await post(client, make_extract, 20)

    async def come_out(ids: list[UUID]) -> None:
        async with IngestUnitOfWork(engine) as uow:
            await uow.waiting.come_out(ids, NOON)
            await uow.commit()

    await asyncio.gather(*(come_out(extracts) for _ in range(4)))
    assert [tuple(row) for row in await query("SELECT sum(extracts), min(extracts) > 0 FROM arrivals")] == [(20, True)]
    assert await query("SELECT FROM waiting") == []


async def test_many_who_ask_share_a_look_and_a_pace_is_told(
    engine: AsyncEngine, client: httpx.AsyncClient, make_extract: Callable[..., Any], query: Any
) -> None:
    await post(client, make_extract, 2)
    now = datetime.now(UTC)
    for ago in range(40):
        await query("INSERT INTO arrivals (collection, at, extracts) VALUES ($1, $2, 100)", COLLECTION,
                    now - timedelta(seconds=ago))  # fmt: skip
    queues = PostgresQueues(engine, seconds=60)
    looks = await asyncio.gather(*(queues.look(COLLECTION) for _ in range(50)))
    assert len({id(look) for look in looks}) == 1
    told = (await client.get(f"/v1/collections/{COLLECTION}/waiting")).json()
    assert told["extracts_per_minute"] == pytest.approx(6000, rel=0.1)
    assert told["waiting"] == told["waiting_of_all"] == told["last_position"] == 2
    async with IngestUnitOfWork(engine) as uow:
        await uow.waiting.forget_arrivals(now - timedelta(seconds=9.5))
        await uow.commit()
    assert [row[0] for row in await query("SELECT count(*) FROM arrivals")] == [10]
