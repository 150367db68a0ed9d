"""What does one run find? Starts the subject on fresh servers, warms it up, loads it, and counts what was kept."""

import asyncio
import re
import subprocess
import sys
import time
from pathlib import Path

import aio_pika
import asyncpg
import msgspec

from loadtests.benches.client import GIVE_UP_SECONDS, Answered
from loadtests.benches.ingest.extracts import Extracts
from loadtests.benches.ingest.figures import Run, run_of
from loadtests.benches.ingest.subjects import Place, Subject, running
from loadtests.benches.processor_time import Sampler
from loadtests.benches.servers import BenchError, BenchServers, free_port, fresh_database, fresh_vhost
from qof_local import ports

LEAST_FAULTLESS = 202
DRAIN_SECONDS = 60


async def measure(subject: Subject, extracts: Extracts, found: BenchServers, logs: Path, connections: int) -> Run:
    """One run. Raises BenchError where an extract was not answered with 202, or not kept and told once."""
    with fresh_vhost(found) as broker_url:
        async with fresh_database(found.postgres_url, "qof_ingest") as database_url:
            place = Place(database_url, broker_url, free_port(), extracts.directory, logs)
            with running(subject, place) as server:
                warm = _post(place, extracts, extracts.warm_up, connections, is_bulk=False)
                families = {"server": server, "postgres": [found.postgres_pid], "broker": [found.broker_pid]}
                with Sampler(families) as sampler:
                    file = extracts.bulk if subject.is_bulk else extracts.single
                    posted = _post(place, extracts, file, subject.connections or connections, is_bulk=subject.is_bulk)
                first, last = sampler.samples[0].seconds, sampler.samples[-1].seconds
                processor = {family: last[family] - first[family] for family in families}
                await _verify(subject, place, posted, sum(warm.statuses.values()))
                return run_of(subject.name, posted, processor, peak_resident(server[0]))


def _post(place: Place, extracts: Extracts, file: Path, connections: int, *, is_bulk: bool) -> Answered:
    url = f"http://{ports.LOOPBACK}:{place.port}/v1/extracts"
    command = [sys.executable, "-m", "loadtests.benches.ingest.load"]
    arguments = [url, extracts.token, str(file), "--connections", str(connections)]
    if is_bulk:
        command, arguments = [sys.executable, "-m", "loadtests.benches.ingest.bulk"], [f"{url}/bulk", *arguments[1:3]]
    done = subprocess.run([*command, *arguments], capture_output=True, timeout=GIVE_UP_SECONDS + 30)  # noqa: S603
    if done.returncode:
        raise BenchError(f"the load failed; the servers' logs are in {place.logs}:\n{done.stderr.decode()[-2000:]}")
    return msgspec.json.decode(done.stdout, type=Answered)


async def _verify(subject: Subject, place: Place, posted: Answered, warmed: int) -> None:
    """Every request was accepted, and kept and told exactly once."""
    if set(posted.statuses) != {LEAST_FAULTLESS}:
        raise BenchError(f"{subject.name} answered {posted.statuses}, wanted is 202 for all")
    expected = warmed + posted.statuses[LEAST_FAULTLESS]
    connection = await asyncpg.connect(place.database_url)
    try:
        for query in filter(None, (subject.rows, subject.waiting)):
            if (count := await connection.fetchval(query)) != expected:
                raise BenchError(f"{subject.name}: {query} is {count}, wanted is {expected}")
        if subject.rows and not subject.waiting and not subject.queue:
            await _drained(connection, subject)
    finally:
        await connection.close()
    if subject.queue and (count := await _messages(place.broker_url, subject.queue)) != expected:
        raise BenchError(f"{subject.name}: {count} messages in {subject.queue}, wanted are {expected}")


async def _drained(connection: "asyncpg.Connection[asyncpg.Record]", subject: Subject) -> None:
    deadline = time.monotonic() + DRAIN_SECONDS
    while await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
        if time.monotonic() > deadline:
            raise BenchError(f"{subject.name}: the outbox is not empty after {DRAIN_SECONDS} s")
        await asyncio.sleep(0.1)


async def _messages(broker_url: str, queue: str) -> int | None:
    async with await aio_pika.connect(broker_url) as connection:
        channel = await connection.channel()
        declared = await channel.declare_queue(queue, passive=True)
        return declared.declaration_result.message_count


def peak_resident(process: int) -> int:
    """Bytes of the process's resident memory at its highest so far."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="utf-8"))
    assert found is not None, "Linux tells it of every process"
    return int(found[1]) * 1024
