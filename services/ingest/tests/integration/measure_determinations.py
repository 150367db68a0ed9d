"""What do determinations cost where extracts are kept? Prints, never asserts.

    eval "$(.venv/bin/python -m qof_local servers env)"
    .venv/bin/python services/ingest/tests/integration/measure_determinations.py

Every way keeps groups of new extracts in turns, each in a database of its own. Time on the clock, the commit included.
"""

import asyncio
import hashlib
import os
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from statistics import median
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import msgspec

from qof_ingest.adapters.repositories import PostgresExtracts
from qof_ingest.handlers.ports import Submission
from qof_shared.contracts import Extract, IndicatorCounts
from qof_shared.db.engine import create_engine
from qof_shared.db.migrate import migrate

ROUNDS, COLLECTION = 120, "QOF-2012-13-ENGLAND"
NOW = datetime(2013, 4, 2, tzinfo=UTC)
GROUPS = (1, 10, 64)
ELSEWHERE, HERE = 100_000, 10
"""Determinations of other practices in the collection, and of each practice that sends."""

FILL = """
INSERT INTO determinations
SELECT gen_random_uuid(), $1, $2 || n / $3, 'IND' || n % $3, 'reference-points', '5', 'Protected.', 'Nora (nora)', now()
FROM generate_series(0, $4::int - 1) AS n
"""

WAYS = ("no lock and no determinations", "no determinations", "100,000 of other practices", "10 of each practice")


def submissions(count: int) -> list[Submission]:
    """A group of new extracts, one of a practice."""
    made = []
    for number in range(count):
        counts = [
            IndicatorCounts(indicator=f"IND{at:03}", numerator=at, denominator=400 + number, exclusions={}, pcas={})
            for at in range(100)
        ]
        extract = Extract(
            practice=f"P{number}",
            collection=COLLECTION,
            achievement_date=NOW.date(),
            list_size=7000,
            registers={},
            indicators=counts,
        )
        body = msgspec.json.encode(extract)
        digest = hashlib.sha256(body).hexdigest()
        made.append(
            Submission(
                uuid4(), "emis", str(uuid4()), COLLECTION, extract.practice, "england", "2012-13", NOW, digest, body
            )
        )
    return made


def no_locks(collections: Iterable[str]) -> list[int]:
    return []


async def keep(extracts: PostgresExtracts, group: list[Submission], way: str) -> float:
    if way != WAYS[0]:
        began = time.perf_counter()
        await extracts.keep(group)
        return time.perf_counter() - began
    with patch("qof_ingest.adapters.repositories.lock_keys", no_locks):
        began = time.perf_counter()
        await extracts.keep(group)
        return time.perf_counter() - began


async def main(server: str) -> None:
    names = {way: f"measure_ingest_{uuid4().hex[:8]}" for way in WAYS}
    admin = await asyncpg.connect(server)
    opened = {}
    try:
        for way, name in names.items():
            await admin.execute(f'CREATE DATABASE "{name}"')
            url = urlsplit(server)._replace(path=f"/{name}").geturl()
            await migrate("qof_ingest", url)
            filler = await asyncpg.connect(url)
            if way == WAYS[2]:
                await filler.execute(FILL, COLLECTION, "Q", 10, ELSEWHERE)
            elif way == WAYS[3]:
                await filler.execute(FILL, COLLECTION, "P", HERE, HERE * max(GROUPS))
            await filler.execute("ANALYZE")
            await filler.close()
            engine = create_engine(url)
            opened[way] = engine, PostgresExtracts(engine)
        for size in GROUPS:
            taken: dict[str, list[float]] = {way: [] for way in WAYS}
            for _ in range(ROUNDS):
                for way, (_, extracts) in opened.items():
                    taken[way].append(await keep(extracts, submissions(size), way))
            for way in WAYS:
                sys.stdout.write(f"group of {size:2}, {way:30} {median(taken[way]) * 1e3:6.2f} ms\n")
        for engine, extracts in opened.values():
            await extracts.close()
            await engine.dispose()
    finally:
        for name in names.values():
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()


if __name__ == "__main__":
    asyncio.run(main(os.environ["QOF_TEST_POSTGRES_URL"]))
