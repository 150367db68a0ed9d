"""What does it cost to keep a body of some 14 kB, by how it is kept? Prints, never asserts.

    eval "$(.venv/bin/python -m qof_local servers env)"; .venv/bin/python shared/tests/integration/measure_bodies.py

Every way writes the same rows a hundred at a time, in turns; processor time is that of the server process that serves
this connection and of this process, packing included.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from random import Random
from statistics import median
from uuid import uuid4

import asyncpg
import msgspec
import psutil

from qof_shared.contracts import IndicatorAchievement
from qof_shared.db.bodies import LEVEL, pack, unpack, zstd

ROWS, BATCH, ROUNDS = 2_000, 100, 3

WAYS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "jsonb": ("body jsonb", bytes),
    "bytea, PostgreSQL's default (pglz)": ("body bytea COMPRESSION pglz", bytes),
    "bytea, LZ4": ("body bytea COMPRESSION lz4", bytes),
    "bytea, not compressed": ("body bytea STORAGE EXTERNAL", bytes),
    "zstd 3 here": ("body bytea STORAGE EXTERNAL", lambda body: zstd.compress(body, 3)),
    "zstd -1 here": ("body bytea STORAGE EXTERNAL", lambda body: zstd.compress(body, -1)),
    f"zstd {LEVEL} here, compressor kept": ("body bytea STORAGE EXTERNAL", pack),
}


def a_body(random: Random) -> bytes:
    """148 indicators as an achievement tells them."""
    indicators = []
    for number in range(148):
        denominator = random.randrange(1, 900)
        numerator = random.randrange(denominator + 1)
        code, group, points = f"IND{number:03}", f"G{number // 7}", f"{numerator}/{denominator}"
        facts = (code, group, "Clinical", "fraction", "partly", points, "10", "40", "90", group)
        indicators.append(IndicatorAchievement(*facts, numerator, denominator, 400, 3, 4))
    return msgspec.json.encode({"extract_id": uuid4(), "indicators": indicators})


async def main(url: str) -> None:
    random = Random(2013)
    bodies = [a_body(random) for _ in range(ROWS)]
    connection = await asyncpg.connect(url)
    try:
        server = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
        found: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
        for _ in range(ROUNDS):
            for way, (column, prepare) in WAYS.items():
                try:
                    await connection.execute(f"CREATE TEMP TABLE kept (id uuid PRIMARY KEY, {column})")
                except asyncpg.FeatureNotSupportedError:
                    continue  # this build has no LZ4
                found[way].append(await measure(connection, server, bodies, way, prepare))
                await connection.execute("DROP TABLE kept")
    finally:
        await connection.close()
    sys.stdout.write(f"{ROWS} bodies of {len(bodies[0]):,} bytes, {BATCH} at a time, medians of {ROUNDS}\n")
    for way, rounds in found.items():
        if rounds:
            ours, servers, size = (median(one[part] for one in rounds) for part in range(3))
            sys.stdout.write(
                f"  {way:36} {ours:5.0f} us here + {servers:5.0f} us PostgreSQL = {ours + servers:5.0f} us a row, "
                f"{size:7,.0f} bytes kept\n"
            )
        else:
            sys.stdout.write(f"  {way:36} not in this build of PostgreSQL\n")
    packed = [pack(body) for body in bodies]
    began = time.process_time()
    for kept in packed:
        unpack(kept)
    sys.stdout.write(f"  unpacking {(time.process_time() - began) / ROWS * 1e6:.0f} us\n")


async def measure(
    connection: asyncpg.Connection,
    server: psutil.Process,
    bodies: list[bytes],
    way: str,
    prepare: Callable[[bytes], bytes],
) -> tuple[float, float, float]:
    """Microseconds of processor time a row, here and in the server, and bytes kept."""
    cast = "convert_from(b, 'UTF8')::jsonb" if way == "jsonb" else "b"
    insert = f"INSERT INTO kept SELECT i, {cast} FROM unnest($1::uuid[], $2::bytea[]) AS r(i, b)"
    ours, before = time.process_time(), seconds_of(server)
    for start in range(0, len(bodies), BATCH):
        batch = bodies[start : start + BATCH]
        await connection.execute(insert, [uuid4() for _ in batch], [prepare(body) for body in batch])
    ours, servers = time.process_time() - ours, seconds_of(server) - before
    size = await connection.fetchval("SELECT avg(pg_column_size(body)) FROM kept")
    return ours / len(bodies) * 1e6, servers / len(bodies) * 1e6, float(size)


def seconds_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    asyncio.run(main(os.environ["QOF_TEST_POSTGRES_URL"]))
