"""How much waits for a service's relay, and how long has the oldest of it waited?"""

from sqlalchemy.ext.asyncio import AsyncEngine

from qof_shared.observability.metrics import Sampler, gauge

ROWS = gauge("openqof_outbox_rows", "Events waiting in a service's outbox; counted up to 200,000", ("service",))
OLDEST = gauge(
    "openqof_outbox_oldest_age_seconds",
    "How long the oldest event of the outbox has waited; 0: none waits",
    ("service",),
)

MOST_COUNTED = 200_000
"""Twice what ingest lets wait: counting further would cost more and say nothing more."""

WAITING = """
SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT $1) AS counted) AS rows,
    coalesce(extract(epoch FROM now() - (SELECT created_at FROM outbox ORDER BY outbox_id LIMIT 1)), 0)::float8
        AS oldest
"""


def outbox_sampler(service: str, engine: AsyncEngine) -> Sampler:
    """Reads a service's outbox once a second at most."""

    async def sample() -> None:
        async with engine.connect() as connection:
            row = (await connection.exec_driver_sql(WAITING, (MOST_COUNTED,))).one()
        ROWS.labels(service).set(row.rows)
        OLDEST.labels(service).set(row.oldest)

    return Sampler(f"{service} outbox", sample, [ROWS, OLDEST])
