"""How is one run measured? Fill the queue, open the gate to two workers, watch from outside, check what they left.

1. A virtual host and a database of its own; the database has the calculator's tables, for every variant.
2. The backlog and a warm-up of further jobs are put on the queue by the pipeline's own producer, in two processes.
3. Two workers start, import everything and wait at the gate; it opens to both at once.
4. The measured part (`window.py`) begins when the warm-up is stored and both workers have stored something.
5. Processor time is that of the workers, the broker and PostgreSQL with their children, from the beginning of the
   measured part until a moment after its end, so that the last acknowledgements are in.
6. The workers end; then every queue must be empty, and every job must have left one row.
"""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import aio_pika
import asyncpg
import psutil

from loadtests.benches.pipeline.catalogue import OPENQOF
from loadtests.benches.pipeline.job import BENCH_TABLES
from loadtests.benches.pipeline.place import Place
from loadtests.benches.pipeline.plan import Run
from loadtests.benches.pipeline.processes import RoleProcess, at_the_gate
from loadtests.benches.pipeline.results import Cost, Result
from loadtests.benches.pipeline.verification import Findings, expected_body, verify
from loadtests.benches.pipeline.window import Stored, Window, measured_window
from loadtests.benches.processor_time import Sample, Sampler, processes_of, seconds_at, share_of_others
from loadtests.benches.servers import BenchServers, fresh_database, fresh_vhost, queue_names

PROCESSES = 2
"""Workers, and producers."""

SLOWEST_PRODUCER = 30
"""Jobs/s below which enqueuing is given up."""

STALLED_SECONDS = 30
"""Without a new row; whatever has none by then is lost."""

SPARE_SECONDS = 60
SETTLE_SECONDS = 0.3
"""After the last row, for acknowledgements to arrive."""

SHORTEST_LOOK, LONGEST_LOOK = 0.2, 1.0
"""Seconds between two looks at how far the workers are: a look counts rows, and PostgreSQL works for it."""

Show = Callable[[str, int], None]
"""Told what goes on now, and how many jobs are done."""


@dataclass(frozen=True, slots=True)
class _Watched:
    """What was seen from outside while the workers worked."""

    window: Window
    samples: Sequence[Sample]
    peak_pss: int


async def measure(run: Run, warm_up: int, servers: BenchServers, logs: Path, show: Show) -> Result:
    """Do one run from nothing to nothing. Raises BenchError where it cannot be done at all."""
    began = time.monotonic()
    log = logs / f"{run.variant}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    total = run.backlog + warm_up
    with fresh_vhost(servers) as broker_url:
        async with fresh_database(servers.postgres_url, "qof_calculator") as database_url:
            place = Place(broker_url, database_url, servers.management_url)
            database = await asyncpg.connect(database_url)
            try:
                await database.execute(BENCH_TABLES)
                show("preparing", 0)
                await _all_done("prepare", run.variant, [place], log)
                show("enqueuing", 0)
                enqueuing = await _enqueue(run.variant, place, total, log)
                # The producers' dirty pages and unknown statistics are not the workers' burden.
                await database.execute("CHECKPOINT")
                await database.execute("ANALYZE")
                watched = await _watch(run.variant, place, total, warm_up, servers, database, log, show)
                show("checking", total)
                depths = await _depths(queue_names(servers, broker_url), broker_url)
                findings = await verify(database, total, tells=run.variant == OPENQOF, first_body=expected_body())
            finally:
                await database.close()
    return _result(run, watched, findings, depths, total / enqueuing, time.monotonic() - began)


async def _enqueue(variant: str, place: Place, total: int, log: Path) -> float:
    """Put jobs 1 to `total` on the queue; seconds of the slower producer."""
    bounds = [total * part // PROCESSES for part in range(PROCESSES + 1)]
    places = [
        Place(place.broker_url, place.database_url, place.management_url, first + 1, last)
        for first, last in pairwise(bounds)
    ]
    return await _all_done("produce", variant, places, log, limit=SPARE_SECONDS + total / SLOWEST_PRODUCER)


async def _all_done(role: str, variant: str, places: Sequence[Place], log: Path, limit: float = SPARE_SECONDS) -> float:
    async with at_the_gate(role, variant, places, log) as processes:
        for process in processes:
            process.open_gate()
        return max([await process.seconds_taken(limit) for process in processes])


async def _watch(
    variant: str,
    place: Place,
    total: int,
    warm_up: int,
    servers: BenchServers,
    database: "asyncpg.Connection[asyncpg.Record]",
    log: Path,
    show: Show,
) -> _Watched:
    """Let the workers do everything, and measure them; ends them afterwards."""
    async with at_the_gate("work", variant, [place] * PROCESSES, log) as workers:
        families = {
            "workers": [worker.pid for worker in workers],
            "broker": [servers.broker_pid],
            "postgres": [servers.postgres_pid],
        }
        ours = await database.fetchval("SELECT pg_backend_pid()")
        with Sampler(families, memory_of=("workers",), excluded=(ours,)) as sampler:
            for worker in workers:
                worker.open_gate()
            await _until_stored(database, total, workers, show)
            await asyncio.sleep(SETTLE_SECONDS)
        ports = [_local_ports(worker.pid) for worker in workers]
        rows = await database.fetch("SELECT stored_at, stored_by FROM achievements ORDER BY stored_at")
    stored = [Stored(row["stored_at"].timestamp(), row["stored_by"]) for row in rows]
    window = measured_window(stored, warm_up, ports)
    return _Watched(window, sampler.samples, max(sampler.peak_pss.values()))


async def _until_stored(
    database: "asyncpg.Connection[asyncpg.Record]", total: int, workers: Sequence[RoleProcess], show: Show
) -> None:
    """Return when every job has its row, or when that will not happen any more."""
    began = moved = time.monotonic()
    before = 0
    while time.monotonic() - moved < STALLED_SECONDS:
        stored = await database.fetchval("SELECT count(*) FROM achievements")
        show("working", stored)
        if stored >= total or any(worker.has_ended for worker in workers):
            return
        if stored > before:
            before, moved = stored, time.monotonic()
        rate = stored / (time.monotonic() - began)
        remaining = (total - stored) / rate if rate else 0.0
        await asyncio.sleep(min(max(remaining / 2, SHORTEST_LOOK), LONGEST_LOOK))


def _local_ports(worker: int) -> set[int]:
    """By these the rows say which worker stored them."""
    ports: set[int] = set()
    for process in processes_of(worker):
        with suppress(psutil.NoSuchProcess):
            ports |= {connection.laddr.port for connection in process.net_connections("tcp") if connection.laddr}
    return ports


async def _depths(queues: Sequence[str], broker_url: str) -> dict[str, int]:
    """Queue -> messages; only those that have any. Asked of the queues themselves, when nobody holds a message."""
    depths = {}
    async with await aio_pika.connect(broker_url) as connection:
        channel = await connection.channel()
        for queue in queues:
            declared = await channel.declare_queue(queue, passive=True)
            depths[queue] = declared.declaration_result.message_count or 0
    return {queue: depth for queue, depth in depths.items() if depth}


def _result(
    run: Run, watched: _Watched, findings: Findings, depths: dict[str, int], enqueued_per_second: float, wall: float
) -> Result:
    window = watched.window

    def milliseconds(family: str) -> float:
        start = seconds_at(watched.samples, family, window.start)
        end = seconds_at(watched.samples, family, window.end + SETTLE_SECONDS)
        return (end - start) * 1000 / max(window.jobs, 1)

    return Result(
        variant=run.variant,
        backlog=run.backlog,
        repetition=run.repetition,
        jobs=window.jobs,
        seconds=window.seconds,
        cost=Cost(milliseconds("workers"), milliseconds("broker"), milliseconds("postgres")),
        peak_pss=watched.peak_pss,
        enqueued_per_second=enqueued_per_second,
        lost=findings.lost,
        doubled=findings.doubled,
        left=depths | findings.unfinished,
        points_agree=findings.points_agree,
        others=share_of_others(watched.samples, window.start, window.end, os.cpu_count() or 1),
        wall_seconds=wall,
    )
