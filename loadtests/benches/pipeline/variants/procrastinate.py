"""procrastinate: the queue is a table in the same PostgreSQL, and no broker is there at all.

The event travels in base64: psycopg looks for quotes in what a batch defers with a Python regular expression, and an
event has thousands, which would take ten times as long as all the rest of deferring it.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from itertools import islice

import asyncpg
import uvloop
from procrastinate import App, PsycopgConnector

from loadtests.benches.pipeline.place import Job, Place
from loadtests.benches.pipeline.variants import CONNECTIONS, QUEUE
from loadtests.benches.pipeline.variants.storing import store

TASK = "calculate"
DEFERRED_AT_ONCE = 100
CONCURRENCY = 8


def _app(place: Place) -> App:
    return App(connector=PsycopgConnector(conninfo=place.database_url, max_size=CONNECTIONS))


def prepare(place: Place) -> None:
    async def make_tables() -> None:
        async with _app(place).open_async() as app:
            await app.schema_manager.apply_schema_async()

    uvloop.run(make_tables())


def produce(place: Place, jobs: Iterable[Job]) -> None:
    async def defer() -> None:
        async with _app(place).open_async() as app:
            waiting = iter(jobs)
            while batch := list(islice(waiting, DEFERRED_AT_ONCE)):
                deferrer = app.configure_task(TASK, queue=QUEUE)
                await deferrer.batch_defer_async(*({"event": b64encode(job.body).decode()} for job in batch))

    uvloop.run(defer())


def work(place: Place) -> None:
    uvloop.run(_work(place))


async def _work(place: Place) -> None:
    app = _app(place)
    async with asyncpg.create_pool(place.database_url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:

        @app.task(name=TASK, queue=QUEUE)
        async def calculate_points(event: str) -> None:
            await store(pool, b64decode(event))

        async with app.open_async():
            await app.run_worker_async(queues=[QUEUE], concurrency=CONCURRENCY, delete_jobs="successful")
