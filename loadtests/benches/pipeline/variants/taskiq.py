"""taskiq with taskiq-aio-pika. Its receiver runs in our process, where the gate can hold it."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice

import asyncpg
import uvloop
from taskiq.acks import AcknowledgeType
from taskiq.api import run_receiver_task
from taskiq_aio_pika import AioPikaBroker, Queue, QueueType

from loadtests.benches.pipeline.place import Job, Place
from loadtests.benches.pipeline.variants import CONNECTIONS, PREFETCH, QUEUE, WINDOW
from loadtests.benches.pipeline.variants.signals import until_sigterm
from loadtests.benches.pipeline.variants.storing import store

TASK = "calculate"


def _broker(place: Place) -> AioPikaBroker:
    return AioPikaBroker(place.broker_url, qos=PREFETCH, task_queues=[Queue(name=QUEUE, type=QueueType.QUORUM)])


def prepare(place: Place) -> None:
    async def declare() -> None:
        broker = _broker(place)
        await broker.startup()
        await broker.shutdown()

    uvloop.run(declare())


def produce(place: Place, jobs: Iterable[Job]) -> None:
    async def send() -> None:
        broker = _broker(place)

        @broker.task(task_name=TASK)
        async def calculate_points(event: str) -> None:
            raise NotImplementedError("a producer does no work")

        await broker.startup()
        waiting = iter(jobs)
        while window := list(islice(waiting, WINDOW)):
            await asyncio.gather(*(calculate_points.kiq(job.body.decode()) for job in window))
        await broker.shutdown()

    uvloop.run(send())


def work(place: Place) -> None:
    uvloop.run(_work(place))


async def _work(place: Place) -> None:
    broker = _broker(place)
    async with asyncpg.create_pool(place.database_url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:

        @broker.task(task_name=TASK)
        async def calculate_points(event: str) -> None:
            await store(pool, event)

        receiving = asyncio.create_task(
            run_receiver_task(broker, run_startup=True, max_async_tasks=PREFETCH, ack_time=AcknowledgeType.WHEN_SAVED)
        )
        await until_sigterm()
        receiving.cancel()
        with suppress(asyncio.CancelledError):
            await receiving
        await broker.shutdown()
