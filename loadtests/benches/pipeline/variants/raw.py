"""What do the two raw pipelines share? A quorum queue and a confirmed producer, by aio-pika alone."""

import asyncio
from collections.abc import Iterable
from itertools import islice

import aio_pika
import uvloop
from aio_pika.abc import AbstractChannel, AbstractQueue

from loadtests.benches.pipeline.place import Job, Place
from loadtests.benches.pipeline.variants import QUEUE, WINDOW


async def declare(channel: AbstractChannel) -> AbstractQueue:
    return await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})


def prepare(place: Place) -> None:
    async def declare_queue() -> None:
        async with await aio_pika.connect(place.broker_url) as connection:
            await declare(await connection.channel())

    uvloop.run(declare_queue())


def produce(place: Place, jobs: Iterable[Job]) -> None:
    async def publish() -> None:
        async with await aio_pika.connect(place.broker_url) as connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            waiting = iter(jobs)
            while window := list(islice(waiting, WINDOW)):
                await asyncio.gather(*(channel.default_exchange.publish(_message(job), QUEUE) for job in window))

    uvloop.run(publish())


def _message(job: Job) -> aio_pika.Message:
    return aio_pika.Message(
        job.body,
        message_id=job.message_id,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        content_type="application/json",
    )
