"""Many of each: several APIs, relays and workers of a service, side by side over one database and one broker."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import asyncpg
import httpx
import pytest

from qof_shared.messaging.topology import QUEUES
from qof_shared.testing.plugin import Broker, NewDatabase
from qof_shared.testing.waiting import until
from tests.e2e.nation import SmallNation, post_all
from tests.e2e.system import SERVICES, System, free_port, running

pytestmark = [pytest.mark.e2e, pytest.mark.needs_postgres, pytest.mark.needs_rabbitmq, pytest.mark.timeout(300)]

PRACTICES = 200
POOL_SIZE = 2
MORE = (
    ("ingest", "api"),
    ("ingest", "relay"),
    ("calculator", "relay"),
    ("payments", "worker"),
    ("payments", "relay"),
    ("declarations", "worker"),
)
CALCULATORS = 3


@pytest.fixture
async def system(new_database: NewDatabase, broker: Broker, tmp_path: Path) -> AsyncIterator[System]:
    databases = {service: await new_database(f"qof_{service}") for service in SERVICES}
    made = System(databases, broker, tmp_path)
    for service in SERVICES:
        made.extra_environment[f"QOF_{service.upper()}_POOL_SIZE"] = str(POOL_SIZE)
    # Small batches, so that everybody gets some of the work.
    made.extra_environment["QOF_CALCULATOR_BATCH_SIZE"] = made.extra_environment["QOF_INGEST_RELAY_WINDOW"] = "10"
    with running(made, calculators=CALCULATORS) as started:
        yield started


async def test_two_of_each_lose_nothing_double_nothing_and_keep_to_their_connections(
    system: System, tmp_path: Path
) -> None:
    second = free_port()
    for service, process in MORE:
        system.start(service, process, f"{service}-{process}-2", port=second if process == "api" else None)
    nation = SmallNation(PRACTICES)
    directory_file, _ = nation.write(tmp_path)
    system.command("ingest", "load", str(directory_file))
    await until_answers(f"http://127.0.0.1:{second}/health/ready")

    watching = asyncio.create_task(most_connections(system))
    practices = nation.people.practices
    urls = (system.url("ingest"), f"http://127.0.0.1:{second}")
    # Each extract goes to both at the same moment, twice.
    first, other = await asyncio.gather(*(post_all(url, nation, practices) for url in urls))
    assert first == other, "an extract has one receipt, whoever is asked"
    assert len({receipt["extract_number"] for receipt in first.values()}) == PRACTICES

    async def has_arrived() -> bool:
        held = [
            await rows(system, "calculator", "achievements"),
            await rows(system, "payments", "practice_achievements"),
            await rows(system, "declarations", "figures"),
            await rows(system, "ingest", "journey"),
        ]
        return held == [PRACTICES] * 4

    await until(has_arrived, 90)

    async def is_told() -> bool:
        return [await rows(system, service, "outbox") for service in SERVICES] == [0] * len(SERVICES)

    await until(is_told, 30)

    async def is_drained() -> bool:
        depths = system.broker.depths()
        return all(depths.get(name, 0) == 0 for queue in QUEUES for name in (queue.name, queue.dead))

    await until(is_drained, 30)
    assert await rows(system, "ingest", "extracts") == PRACTICES
    watching.cancel()
    database, broker = await watching
    processes = Counter(name.split("-")[0] for name in system.processes)
    assert database.keys() == set(SERVICES)
    for service, most in database.items():
        assert 0 < most <= processes[service] * POOL_SIZE, (service, most)
    assert 0 < broker <= broker_budget(system)


def broker_budget(system: System) -> int:
    """A relay has one connection; a worker one for each queue it consumes."""
    queues = Counter(queue.service for queue in QUEUES)
    relays = sum("relay" in name for name in system.processes)
    return relays + sum(queues[name.split("-")[0]] for name in system.processes if "worker" in name)


async def most_connections(system: System) -> tuple[dict[str, int], int]:
    """Until cancelled: the highest number of connections to each service's database, and to the broker."""
    database: Counter[str] = Counter()
    broker = 0
    connection = await asyncpg.connect(system.databases["ingest"])
    names = {url.rpartition("/")[2]: service for service, url in system.databases.items()}
    async with httpx.AsyncClient(base_url=system.broker.management_url, timeout=20) as client:
        try:
            while True:
                found = await connection.fetch(
                    "SELECT datname, count(*) AS n FROM pg_stat_activity WHERE datname = ANY($1::text[])"
                    " AND split_part(application_name, ' ', 1) = ANY($2::text[]) GROUP BY 1",
                    list(names),
                    list(SERVICES),
                )
                database |= Counter({names[row["datname"]]: row["n"] for row in found})
                told = await client.get(f"/api/vhosts/{quote(system.broker.vhost, safe='')}/connections")
                broker = max(broker, len(told.raise_for_status().json()))
                await asyncio.sleep(0.25)
        except asyncio.CancelledError:
            return dict(database), broker
        finally:
            await connection.close()


async def rows(system: System, service: str, table: str) -> int:
    connection = await asyncpg.connect(system.databases[service])
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))
    finally:
        await connection.close()


async def until_answers(url: str) -> None:
    async def answers() -> bool:
        async with httpx.AsyncClient(timeout=5) as client:
            try:
                return (await client.get(url)).status_code == 200
            except httpx.TransportError:
                return False

    await until(answers, 90)
