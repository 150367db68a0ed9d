"""What does it cost to count where every extract is? Prints, never asserts.

    eval "$(.venv/bin/python -m qof_local servers env)"
    .venv/bin/python services/ingest/tests/integration/measure_operations.py

100,000 extracts of four suppliers, first all under way, then nine of ten with points and a report, then all of them.
"""

import asyncio
import os
import sys
import time
from statistics import median
from uuid import uuid4

import asyncpg

from qof_ingest.adapters.accounts import PostgresAccounts
from qof_shared.db.engine import create_engine
from qof_shared.db.migrate import migrate

EXTRACTS, ROUNDS = 100_000, 7

KEEP = """
INSERT INTO extracts (extract_id, supplier, idempotency_key, practice, collection, digest, received_at, body)
SELECT gen_random_uuid(), 'supplier-' || n % 4, 'key-' || n, 'P' || n % 9000, 'QOF', repeat('0', 64), now(),
    decode(string_agg(md5(n::text || part), ''), 'hex')
FROM generate_series(1, $1::integer) AS n, generate_series(1, 90) AS part GROUP BY n
"""
"""Bodies of 1,440 bytes that no compression makes smaller, about what a packed extract has."""

REACH = """
INSERT INTO journey (extract_id, stage, at, detail, supplier, collection)
SELECT extract_id, stage, now(), '{"points": "900"}', supplier, collection
FROM (SELECT * FROM extracts WHERE extract_number <= $1) AS e, unnest(ARRAY['calculated', 'reported']) AS stage
ON CONFLICT DO NOTHING
"""


async def main(server: str) -> None:
    name = f"measure_ingest_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(server)
    await admin.execute(f'CREATE DATABASE "{name}"')
    url = f"{server.rpartition('/')[0]}/{name}"
    try:
        await migrate("qof_ingest", url)
        database = await asyncpg.connect(url)
        await database.execute(KEEP, EXTRACTS)
        for settled in (0, EXTRACTS * 9 // 10, EXTRACTS):
            await database.execute(REACH, settled)
            await database.execute("VACUUM ANALYZE")
            print(f"{EXTRACTS:,} extracts, {EXTRACTS - settled:,} under way: {await _count(url):.0f} ms")
        await database.close()
    finally:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


async def _count(url: str) -> float:
    """Milliseconds, the median of some rounds."""
    engine = create_engine(url, pool_size=1)
    accounts, took = PostgresAccounts(engine), []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await accounts.books(None)
        took.append((time.perf_counter() - began) * 1000)
    await engine.dispose()
    return median(took)


if __name__ == "__main__":
    if "QOF_TEST_POSTGRES_URL" not in os.environ:
        sys.exit('start the servers, then: eval "$(.venv/bin/python -m qof_local servers env)"')
    asyncio.run(main(os.environ["QOF_TEST_POSTGRES_URL"]))
