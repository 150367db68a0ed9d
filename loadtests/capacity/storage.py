"""How much do databases and queues grow with a nation? Asked of the servers themselves."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

import aio_pika
import asyncpg
import httpx

from loadtests.benches.pipeline.backlog import jobs
from loadtests.benches.servers import BenchError, BenchServers, fresh_vhost
from qof_shared.messaging.chunks import CHUNK_BYTES, CHUNK_EVENTS

SERVICES = ("ingest", "calculator", "payments", "declarations")
BACKLOG = 2_000
"""Messages in the queue that is measured."""
MANAGEMENT_SECONDS = 8
"""RabbitMQ's management tells of a queue every five seconds, and of a new one a little later."""
LOOKS = 5


@dataclass(frozen=True, slots=True)
class QueueCost:
    """Of one waiting extract, in bytes."""

    memory: float
    body: float
    """In the log on disk, on each member of the quorum."""


async def database_sizes(postgres_url: str) -> dict[str, int]:
    """Bytes of each service's database, indices included."""
    connection = await asyncpg.connect(postgres_url)
    try:
        names = [f"qof_{service}" for service in SERVICES]
        rows = await connection.fetch(
            "SELECT datname, pg_database_size(datname) AS size FROM pg_database WHERE datname = ANY($1)", names
        )
    finally:
        await connection.close()
    return {row["datname"].removeprefix("qof_"): row["size"] for row in rows}


def growth(before: Mapping[str, int], after: Mapping[str, int], practices: int) -> dict[str, float]:
    """Bytes for one practice in each service's database."""
    return {service: (after[service] - before.get(service, 0)) / practices for service in after}


async def queue_cost(found: BenchServers) -> QueueCost:
    """What an extract that waits costs the broker: a quorum queue with a backlog of chunks such as ours."""
    body, events = _chunk()
    name = f"capacity-{uuid4().hex[:8]}"
    with fresh_vhost(found) as url:
        connection = await aio_pika.connect(url)
        async with connection:
            channel = await connection.channel()
            await channel.declare_queue(name, durable=True, arguments={"x-queue-type": "quorum"})
            vhost = url.rsplit("/", 1)[-1]
            empty = await _memory(found, vhost, name)
            for _ in range(BACKLOG):
                message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
                await channel.default_exchange.publish(message, routing_key=name)
            full = await _memory(found, vhost, name)
    return QueueCost(memory=max(full - empty, 0) / BACKLOG / events, body=len(body) / events)


def _chunk() -> tuple[bytes, int]:
    """A message of accepted extracts as full as a relay makes it, and how many it holds."""
    taken: list[bytes] = []
    for job in jobs(range(CHUNK_EVENTS)):
        if sum(map(len, taken)) + len(job.body) > CHUNK_BYTES:
            break
        taken.append(job.body)
    return b"[" + b",".join(taken) + b"]", len(taken)


async def _memory(found: BenchServers, vhost: str, queue: str) -> int:
    async with httpx.AsyncClient(base_url=found.management_url, timeout=60, trust_env=False) as client:
        for _ in range(LOOKS):
            await asyncio.sleep(MANAGEMENT_SECONDS)
            answer = (await client.get(f"/api/queues/{vhost}/{queue}")).raise_for_status().json()
            if "memory" in answer:
                return int(answer["memory"])
    raise BenchError(f"RabbitMQ's management says nothing of the memory of {queue}; is the plugin busy?")
