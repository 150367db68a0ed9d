"""aio-pika and asyncpg and nothing else, a hundred jobs in one transaction: what one would write by hand for speed."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import aio_pika
import asyncpg
import uvloop
from aio_pika.abc import AbstractIncomingMessage

from loadtests.benches.pipeline.job import COLUMNS, calculate
from loadtests.benches.pipeline.place import Place
from loadtests.benches.pipeline.variants.raw import declare, prepare, produce
from loadtests.benches.pipeline.variants.signals import until_sigterm

__all__ = ["prepare", "produce", "work"]

BATCH, PREFETCH_FOR_BATCHES = 100, 250
LINGER_SECONDS = 0.005
"""For a batch to fill before what is there is worked on."""

INSERT = f"""
INSERT INTO achievements ({COLUMNS}) SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[],
    $6::text[], $7::text[], $8::timestamptz[], $9::bytea[]) ON CONFLICT (extract_id) DO NOTHING
"""  # noqa: S608


def work(place: Place) -> None:
    uvloop.run(_work(place))


async def _work(place: Place) -> None:
    database = await asyncpg.connect(place.database_url)
    async with await aio_pika.connect(place.broker_url) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH_FOR_BATCHES)
        inbound: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        await (await declare(channel)).consume(inbound.put)
        working = asyncio.create_task(_work_on_batches(inbound, database))
        await until_sigterm()
        working.cancel()
    await database.close()


async def _work_on_batches(
    inbound: "asyncio.Queue[AbstractIncomingMessage]", database: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    while True:
        batch = [await inbound.get()]
        if inbound.qsize() < BATCH - 1:
            await asyncio.sleep(LINGER_SECONDS)
        with suppress(asyncio.QueueEmpty):
            while len(batch) < BATCH:
                batch.append(inbound.get_nowait())
        await _store_batch(batch, database)
        await batch[-1].ack(multiple=True)


async def _store_batch(
    batch: Sequence[AbstractIncomingMessage], database: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    rows = [calculate(message.body) for message in batch]
    stored = await database.execute(INSERT, *zip(*rows, strict=True))
    again = len(rows) - int(stored.rpartition(" ")[2])
    if again:
        await database.executemany("INSERT INTO redundant VALUES ($1)", [row[:1] for row in rows[:again]])
