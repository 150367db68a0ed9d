"""What happens in a run? A wave posted faster than it is calculated, its drain, and a wave that loses a worker."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import httpx
import msgspec

from loadtests.benches.eta.asking import Asking, Known
from loadtests.benches.eta.limits import kill, limited, running
from loadtests.benches.eta.trace import PRACTICE, SUPPLIER, Trace
from loadtests.benches.eta.watching import Watching
from loadtests.benches.servers import BenchError
from qof_local import processes, services
from qof_local.databases import database_url
from qof_local.demo_cast import Cast, invented, load_files, suppliers_at_work, write_files
from qof_local.directory import declarer
from qof_local.servers import Servers
from qof_shared.contracts import Extract

WAVES = 2
POST_EVERY = 0.5
LOST_AFTER = 0.35
"""Of the second wave's extracts, so many are through when a worker is lost."""
WORKERS = ("calculator-worker-1", "calculator-worker-2")
STALLED_SECONDS = 90
DATABASES = {SUPPLIER: "qof_ingest", PRACTICE: "qof_declarations"}


def prepare(practices: int, found: Servers, run: str) -> Cast:
    """A nation of its own for a run, known to every service."""
    cast = invented(practices, "england", "2024-25", seed=2, collection=f"BENCH-ETA-{run}")
    load_files(write_files(cast), found)
    return cast


async def play(cast: Cast, found: Servers, *, surge_seconds: float, sample: int, share: float) -> Trace:
    """One run; whatever was started or lost is as before afterwards. Raises BenchError where nothing moves any more."""
    known, stop = Known(), asyncio.Event()
    async with (
        _client("ingest") as ingest,
        _client("declarations") as declarations,
        _watched(cast, found) as queues,
    ):
        asking = Asking(
            ingest=ingest,
            declarations=declarations,
            collection=cast.collection,
            tokens=cast.token,
            declarer=declarer,
            known=known,
            queues=queues,
            sample=sample,
        )
        with limited(WORKERS, share):
            async with asyncio.TaskGroup() as group:
                for job in (*(queue.run for queue in queues.values()), asking.run):
                    group.create_task(job(stop))
                try:
                    began, posted, lost_at = await _waves(cast, ingest, known, queues, surge_seconds)
                finally:
                    stop.set()
                    processes.start_all(services.specs(found))
        seen = {whose: await queue.seen() for whose, queue in queues.items()}
    return Trace(len(cast.practices), posted, began, lost_at, time.time(), seen, asking.said, asking.unanswered)


async def _waves(
    cast: Cast, ingest: httpx.AsyncClient, known: Known, queues: dict[str, Watching], surge_seconds: float
) -> tuple[list[float], list[float], float]:
    """Post both waves, and lose a worker in the second; when they began, when all was posted, when it was lost."""
    began, posted, lost_at = [], [], 0.0
    for wave in range(WAVES):
        began.append(time.time())
        await _post(cast, wave, ingest, known, surge_seconds)
        posted.append(time.time())
        if wave == WAVES - 1:
            await _until_gone(queues, wave + LOST_AFTER, len(cast.practices))
            lost_at = lose(WORKERS[-1])
        await _until_gone(queues, wave + 1, len(cast.practices))
    return began, posted, lost_at


def lose(name: str) -> float:
    """Kill a process at once, and what would start it again; returns when."""
    for process in running(name):
        kill(process)
    return time.time()


async def _post(cast: Cast, wave: int, ingest: httpx.AsyncClient, known: Known, seconds: float) -> None:
    """Post an extract of every practice, the same number in each part of so many seconds."""
    parts = max(1, round(seconds / POST_EVERY))
    began = time.monotonic()
    for part in range(parts):
        async with asyncio.TaskGroup() as group:
            for supplier, practices in suppliers_at_work(cast).items():
                group.create_task(_post_some(cast, wave, supplier, practices[part::parts], ingest, known))
        await asyncio.sleep(max(0.0, began + (part + 1) * POST_EVERY - time.monotonic()))


async def _post_some(
    cast: Cast, wave: int, supplier: str, practices: Sequence[str], ingest: httpx.AsyncClient, known: Known
) -> None:
    answer = await ingest.post(
        "/v1/extracts/bulk",
        content=b"\n".join(_of_wave(cast.extracts[practice], wave) for practice in practices),
        headers={"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {cast.token(supplier)}"},
    )
    for line in answer.raise_for_status().text.splitlines():
        told = json.loads(line)
        if "problem" in told:
            raise BenchError(f"ingest refused an extract of {supplier}: {told['problem']}")
        if "receipt" in told:
            known.add(supplier, told["receipt"])


def _of_wave(body: bytes, wave: int) -> bytes:
    """Another extract of the same practice: the same content would be the same extract."""
    if not wave:
        return body
    extract = msgspec.json.decode(body, type=Extract)
    return msgspec.json.encode(msgspec.structs.replace(extract, list_size=extract.list_size + wave))


async def _until_gone(queues: dict[str, Watching], waves: float, practices: int) -> None:
    """Wait until so many waves have left both queues."""
    moved, deadline = -1, 0.0
    while (gone := min(queue.come_out for queue in queues.values())) < waves * practices:
        if gone != moved:
            moved, deadline = gone, time.monotonic() + STALLED_SECONDS
        if time.monotonic() > deadline:
            raise BenchError(f"{gone} of {waves * practices:.0f} are through, and nothing moves; see `make status`.")
        await asyncio.sleep(0.1)


@asynccontextmanager
async def _client(service: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=services.api_url(service), timeout=60, trust_env=False) as client:
        yield client


@asynccontextmanager
async def _watched(cast: Cast, found: Servers) -> AsyncIterator[dict[str, Watching]]:
    connections = {
        whose: await asyncpg.connect(database_url(found.postgres_url, name)) for whose, name in DATABASES.items()
    }
    try:
        yield {whose: Watching(whose, one, cast.collection) for whose, one in connections.items()}
    finally:
        for connection in connections.values():
            await connection.close()
