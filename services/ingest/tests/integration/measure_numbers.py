"""What does it cost to tell who waits, where extracts are kept? Prints, never asserts.

    eval "$(.venv/bin/python -m qof_local servers env)"
    .venv/bin/python services/ingest/tests/integration/measure_numbers.py

Groups of new extracts are kept in turns, with the event of their numbers and without, each in a database of its own.
"""

import asyncio
import os
import sys
import time
from statistics import median
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from measure_determinations import submissions

from qof_ingest.adapters.repositories import PostgresExtracts
from qof_shared.contracts import ExtractsReceived
from qof_shared.db.engine import create_engine
from qof_shared.db.messages import Outbox
from qof_shared.db.migrate import migrate

ROUNDS, GROUPS = 200, (1, 10, 64)
WAYS = ("without their numbers", "with their numbers")


class Silent(Outbox):
    """Tells no numbers."""

    def add(self, event: object, *, kept_id: object = None) -> None:
        if event.name != ExtractsReceived.event:  # type: ignore[attr-defined]
            super().add(event, kept_id=kept_id)  # type: ignore[arg-type]


async def keep(extracts: PostgresExtracts, size: int, way: str) -> tuple[float, float]:
    group = submissions(size)
    with patch("qof_ingest.adapters.repositories.Outbox", Silent if way == WAYS[0] else Outbox):
        clock, processor = time.perf_counter(), time.process_time()
        await extracts.keep(group)
        return time.perf_counter() - clock, time.process_time() - processor


async def main(server: str) -> None:
    names = {way: f"measure_ingest_{uuid4().hex[:8]}" for way in WAYS}
    admin = await asyncpg.connect(server)
    try:
        opened = {}
        for way, name in names.items():
            await admin.execute(f'CREATE DATABASE "{name}"')
            url = urlsplit(server)._replace(path=f"/{name}").geturl()
            await migrate("qof_ingest", url)
            engine = create_engine(url)
            opened[way] = engine, PostgresExtracts(engine)
        for size in GROUPS:
            taken: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
            for _ in range(ROUNDS):
                for way, (_, extracts) in opened.items():
                    taken[way].append(await keep(extracts, size, way))
            for way in WAYS:
                clock, processor = (median(one) for one in zip(*taken[way], strict=True))
                sys.stdout.write(
                    f"group of {size:2}, {way:22} {clock * 1e3:6.2f} ms, of an extract {clock / size * 1e6:6.0f} us"
                    f" on the clock, {processor / size * 1e6:6.0f} us of this process\n"
                )
        for engine, extracts in opened.values():
            await extracts.close()
            await engine.dispose()
    finally:
        for name in names.values():
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()


if __name__ == "__main__":
    asyncio.run(main(os.environ["QOF_TEST_POSTGRES_URL"]))
