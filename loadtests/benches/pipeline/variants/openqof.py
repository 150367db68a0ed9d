"""OpenQOF: the calculator itself, `python -m qof_calculator worker`, with its own settings, tables and guarantees.

Its relay is a process of its own and no part of the job: what the worker has to tell stays in the outbox.
"""

import asyncio
import os
import runpy
import sys
from collections.abc import Iterable
from itertools import islice

import uvloop

# The worker's own imports, done before the gate opens.
import qof_calculator.bootstrap  # noqa: F401
import qof_shared.process  # noqa: F401
from loadtests.benches.pipeline.place import Job, Place
from loadtests.benches.pipeline.variants import WINDOW
from qof_shared.contracts import ExtractAccepted
from qof_shared.messaging.broker import ensure_topology, open_connection
from qof_shared.messaging.chunks import OutboxRow, chunks
from qof_shared.messaging.publishing import Publisher


def prepare(place: Place) -> None:
    async def declare() -> None:
        async with open_connection(place.broker_url, name="bench") as connection:
            await ensure_topology(connection)

    uvloop.run(declare())


def produce(place: Place, jobs: Iterable[Job]) -> None:
    """As ingest's relay does it: a window of its outbox at a time."""

    async def publish() -> None:
        async with open_connection(place.broker_url, name="bench") as connection:
            publisher = await Publisher.open(connection)
            waiting = iter(jobs)
            while window := list(islice(waiting, WINDOW)):
                await _publish_window(publisher, window)

    uvloop.run(publish())


async def _publish_window(publisher: Publisher, window: list[Job]) -> None:
    rows = [OutboxRow(0, job.message_id, ExtractAccepted.event, job.body) for job in window]
    await asyncio.gather(
        *(publisher.publish_encoded(one.routing_key, one.message_id, one.body) for one in chunks(rows))
    )


def work(place: Place) -> None:
    os.environ.update(
        QOF_CALCULATOR_DATABASE_URL=place.database_url,
        QOF_BROKER_URL=place.broker_url,
        QOF_BROKER_MANAGEMENT_URL=place.management_url,
    )
    sys.argv = ["qof_calculator", "worker"]
    runpy.run_module("qof_calculator", run_name="__main__", alter_sys=True)
