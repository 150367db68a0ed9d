"""How large are the tables? `python -m loadtests.tables` prints bytes and rows of all services' tables, as JSON."""

import asyncio
import json
import os
import sys
from urllib.parse import urlsplit, urlunsplit

import asyncpg

DATABASES = "SELECT datname FROM pg_database WHERE datname LIKE 'qof\\_%'"
TABLES = """SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint AS bytes,
                   coalesce(sum(n_live_tup), 0)::bigint AS rows
            FROM pg_stat_user_tables"""


async def measure(url: str) -> dict[str, int]:
    """Bytes (with indexes) and live rows (as PostgreSQL counts them) over all databases that begin with `qof_`."""
    databases = [row["datname"] for row in await _fetch(url, DATABASES)]
    found = [(await _fetch(_of_database(url, one), TABLES))[0] for one in databases]
    return {name: sum(row[name] for row in found) for name in ("bytes", "rows")}


async def _fetch(url: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


def _of_database(url: str, database: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{database}"))


if __name__ == "__main__":
    json.dump(asyncio.run(measure(os.environ["QOF_LOADTEST_POSTGRES_URL"])), sys.stdout)
