"""What does one run find? Starts the subject on a copy of the database, warms it up, loads it, checks the answers."""

import subprocess
import sys
from pathlib import Path

import asyncpg
import httpx
import msgspec

from loadtests.benches.client import GIVE_UP_SECONDS, Answered
from loadtests.benches.ingest.trial import peak_resident
from loadtests.benches.pages.figures import Run, run_of
from loadtests.benches.pages.requests import write_requests
from loadtests.benches.pages.subjects import Place, Subject, running
from loadtests.benches.pages.year import Prepared
from loadtests.benches.processor_time import Sampler
from loadtests.benches.servers import BenchError, BenchServers, copied_database, free_port
from qof_local import ports

SAME_SIZE = 0.15
"""By how much a page's bytes may differ from those of ours."""


async def page_bytes(ours: Subject, prepared: Prepared, found: BenchServers, logs: Path) -> int:
    """How large one of our report pages is. Raises BenchError where it is not the report's page."""
    reader = prepared.readers[0]
    async with copied_database(found.postgres_url, prepared.name) as database_url:
        place = Place(database_url, free_port(), 0, logs)
        with running(ours, place):
            path = f"/collections/{prepared.collection}/practices/{reader.practice}/report"
            async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
                answer = await client.get(
                    f"http://{ports.LOOPBACK}:{place.port}{path}", headers={"Cookie": f"qof={reader.cookie}"}
                )
    if answer.status_code != httpx.codes.OK or reader.digest not in answer.text:
        raise BenchError(f"the report's page is answered with {answer.status_code}; the servers' logs are in {logs}")
    return len(answer.content)


async def measure(
    subject: Subject, prepared: Prepared, page: int, found: BenchServers, place: Path, logs: Path, connections: int
) -> Run:
    """One run. Raises BenchError where a request was not answered as it should be, or not kept once."""
    warm = write_requests(place / "warm-up.msgpack", subject.warm_up(prepared))
    measured = write_requests(place / "measured.msgpack", subject.measured(prepared))
    async with copied_database(found.postgres_url, prepared.name) as database_url:
        here = Place(database_url, free_port(), page, logs)
        with running(subject, here) as server:
            warmed = _send(here, warm, connections)
            families = {"server": [server], "postgres": [found.postgres_pid]}
            with Sampler(families) as sampler:
                answered = _send(here, measured, connections)
            first, last = sampler.samples[0].seconds, sampler.samples[-1].seconds
            processor = {family: last[family] - first[family] for family in families}
            await _verify(subject, here, answered, sum(warmed.statuses.values()))
            return run_of(subject.name, answered, processor, peak_resident(server))


def _send(place: Place, requests: Path, connections: int) -> Answered:
    url = f"http://{ports.LOOPBACK}:{place.port}"
    command = [sys.executable, "-m", "loadtests.benches.pages.load", url, str(requests)]
    done = subprocess.run(  # noqa: S603
        [*command, "--connections", str(connections)], capture_output=True, timeout=GIVE_UP_SECONDS + 30
    )
    if done.returncode:
        raise BenchError(f"the load failed; the servers' logs are in {place.logs}:\n{done.stderr.decode()[-2000:]}")
    return msgspec.json.decode(done.stdout, type=Answered)


async def _verify(subject: Subject, place: Place, answered: Answered, warmed: int) -> None:
    """Every answer is the one that is wanted, whole; and every signature is kept once."""
    requests = sum(answered.statuses.values())
    if set(answered.statuses) != {subject.status}:
        raise BenchError(f"{subject.name} answered {answered.statuses}, wanted is {subject.status} for all")
    if subject.rows is None:
        average = answered.body_bytes / requests
        if abs(average - place.page_bytes) > SAME_SIZE * place.page_bytes:
            raise BenchError(f"{subject.name}: pages have {average:,.0f} bytes, wanted are {place.page_bytes:,}")
        return
    connection = await asyncpg.connect(place.database_url)
    try:
        if (count := await connection.fetchval(subject.rows)) != warmed + requests:
            raise BenchError(f"{subject.name}: {subject.rows} is {count}, wanted is {warmed + requests}")
    finally:
        await connection.close()
