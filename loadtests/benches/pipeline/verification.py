"""Did every job leave one row, with the right points? Asked of the database when the workers are gone."""

from dataclasses import dataclass
from functools import cache

import asyncpg

from loadtests.benches.pipeline.backlog import jobs
from loadtests.benches.pipeline.job import calculate, same_points

CHECKED = 1
"""The number of the extract whose points are compared."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found. `unfinished` are jobs of a queue that is a table, by their status."""

    lost: int
    doubled: int
    unfinished: dict[str, int]
    points_agree: bool


@cache
def expected_body() -> bytes:
    """What the calculator says of the checked extract."""
    (job,) = jobs(range(CHECKED, CHECKED + 1))
    return calculate(job.body)[-1]


async def verify(
    database: "asyncpg.Connection[asyncpg.Record]", total: int, *, tells: bool, first_body: bytes
) -> Findings:
    """Compare the tables with jobs 1 to `total`. Where the pipeline `tells`, the outbox has an event of each."""
    stored = await database.fetchrow(
        "SELECT count(*) AS rows, count(DISTINCT extract_number) FILTER (WHERE extract_number BETWEEN 1 AND $1) AS jobs"
        " FROM achievements",
        total,
    )
    assert stored is not None, "an aggregate has one row"
    redundant = await database.fetchval("SELECT count(*) FROM redundant")
    told = await database.fetchval("SELECT count(*) FROM outbox") if tells else total
    body = await database.fetchval("SELECT body FROM achievements WHERE extract_number = $1", CHECKED)
    return Findings(
        lost=total - stored["jobs"] + max(total - told, 0),
        doubled=stored["rows"] - stored["jobs"] + redundant + max(told - total, 0),
        unfinished=await _unfinished(database),
        points_agree=body is not None and same_points(body, first_body),
    )


async def _unfinished(database: "asyncpg.Connection[asyncpg.Record]") -> dict[str, int]:
    if await database.fetchval("SELECT to_regclass('procrastinate_jobs')") is None:
        return {}
    rows = await database.fetch("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1")
    return {f"procrastinate {row['status']}": row["count"] for row in rows if row["status"] != "succeeded"}
