"""aio-pika and asyncpg and nothing else, one job at a time: what a pipeline costs without any library for it."""

import aio_pika
import asyncpg
import uvloop
from aio_pika.abc import AbstractIncomingMessage

from loadtests.benches.pipeline.place import Place
from loadtests.benches.pipeline.variants import CONNECTIONS, PREFETCH
from loadtests.benches.pipeline.variants.raw import declare, prepare, produce
from loadtests.benches.pipeline.variants.signals import until_sigterm
from loadtests.benches.pipeline.variants.storing import store

__all__ = ["prepare", "produce", "work"]


def work(place: Place) -> None:
    uvloop.run(_work(place))


async def _work(place: Place) -> None:
    async with (
        asyncpg.create_pool(place.database_url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool,
        await aio_pika.connect(place.broker_url) as connection,
    ):
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)

        async def handle(message: AbstractIncomingMessage) -> None:
            await store(pool, message.body)
            await message.ack()

        await (await declare(channel)).consume(handle)
        await until_sigterm()
