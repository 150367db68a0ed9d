"""How do the others store a row? One INSERT and one commit each, as their handlers are called for one job at a time."""

from typing import TYPE_CHECKING

from loadtests.benches.pipeline.job import COLUMNS, calculate

if TYPE_CHECKING:  # each pipeline has one of the two in its memory, not both
    import asyncpg
    import psycopg

INSERT = f"INSERT INTO achievements ({COLUMNS}) VALUES ({{}}) ON CONFLICT (extract_id) DO NOTHING"  # noqa: S608
ASYNC_INSERT = INSERT.format(", ".join(f"${position}" for position in range(1, 10)))
SYNC_INSERT = INSERT.format(", ".join(["%s"] * 9))


async def store(pool: "asyncpg.Pool[asyncpg.Record]", event: bytes | str) -> None:
    """Do a job and commit its row."""
    row = calculate(event)
    if await pool.execute(ASYNC_INSERT, *row) != "INSERT 0 1":
        await pool.execute("INSERT INTO redundant VALUES ($1)", row[0])


def store_in_turn(connection: "psycopg.Connection[tuple[object, ...]]", event: bytes | str) -> None:
    """The same on one connection in autocommit mode, for pipelines that are not asynchronous."""
    row = calculate(event)
    if connection.execute(SYNC_INSERT, row).rowcount != 1:
        connection.execute("INSERT INTO redundant VALUES (%s)", row[:1])
