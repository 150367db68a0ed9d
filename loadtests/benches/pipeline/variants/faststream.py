"""FastStream on RabbitMQ: a subscriber whose message is acknowledged after its handler."""

import asyncio
from collections.abc import Iterable
from itertools import islice

import asyncpg
import uvloop
from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue

from loadtests.benches.pipeline.place import Job, Place
from loadtests.benches.pipeline.variants import CONNECTIONS, PREFETCH, QUEUE, WINDOW
from loadtests.benches.pipeline.variants.storing import store

EXTRACTS = RabbitQueue(QUEUE, queue_type=QueueType.QUORUM, durable=True)


def _broker(place: Place) -> RabbitBroker:
    channel = Channel(prefetch_count=PREFETCH, publisher_confirms=True, on_return_raises=True)
    return RabbitBroker(place.broker_url, default_channel=channel, logger=None)


def prepare(place: Place) -> None:
    async def declare() -> None:
        async with _broker(place) as broker:
            await broker.declare_queue(EXTRACTS)

    uvloop.run(declare())


def produce(place: Place, jobs: Iterable[Job]) -> None:
    async def publish() -> None:
        async with _broker(place) as broker:
            waiting = iter(jobs)
            while window := list(islice(waiting, WINDOW)):
                await asyncio.gather(
                    *(broker.publish(job.body.decode(), EXTRACTS, persist=True, mandatory=True) for job in window)
                )

    uvloop.run(publish())


def work(place: Place) -> None:
    uvloop.run(_work(place))


async def _work(place: Place) -> None:
    broker = _broker(place)
    async with asyncpg.create_pool(place.database_url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:

        @broker.subscriber(EXTRACTS, ack_policy=AckPolicy.NACK_ON_ERROR)
        async def calculate_points(event: str) -> None:
            await store(pool, event)

        await FastStream(broker, logger=None).run()
