"""Does it balance, for machines? accepted = calculated + rejected + in flight, each counted by itself in one statement.

Counted from indexes alone, for the bodies beside them are gigabytes; and by acceptances: one that was accepted again
because of a determination counts again.
"""

from sqlalchemy.ext.asyncio import AsyncEngine

from qof_shared.observability.metrics import Sampler, gauge

EXTRACTS = gauge(
    "openqof_ledger_extracts",
    "Acceptances by supplier and how far they have come: accepted (all), calculated (reported or not), reported,"
    " rejected",
    ("supplier", "stage"),
)
IN_FLIGHT = gauge("openqof_ledger_in_flight", "Acceptances that are neither calculated nor rejected")
OLDEST = gauge(
    "openqof_ledger_oldest_in_flight_age_seconds", "How long ago the oldest of those was accepted; 0: there is none"
)

HOLD_SECONDS = 5.0

LEDGER = """
WITH kept AS (
    SELECT supplier, count(*) AS accepted FROM extracts GROUP BY supplier
), reached AS (
    SELECT supplier, bool_or(stage IN ('calculated', 'reported')) AS is_calculated,
        bool_or(stage = 'reported') AS is_reported
    FROM journey GROUP BY supplier, collection, extract_id
), counted AS (
    SELECT supplier, count(*) FILTER (WHERE is_calculated) AS calculated,
        count(*) FILTER (WHERE is_reported) AS reported, count(*) FILTER (WHERE NOT is_calculated) AS rejected
    FROM reached GROUP BY supplier
), in_flight AS MATERIALIZED (
    SELECT extract_id FROM extracts e WHERE NOT EXISTS (SELECT FROM journey j WHERE j.extract_id = e.extract_id)
)
SELECT supplier, accepted, coalesce(calculated, 0) AS calculated, coalesce(reported, 0) AS reported,
    coalesce(rejected, 0) AS rejected, (SELECT count(*) FROM in_flight) AS in_flight,
    (SELECT extract(epoch FROM now() - min(received_at)) FROM extracts JOIN in_flight USING (extract_id))::float8
        AS oldest
FROM kept LEFT JOIN counted USING (supplier)
"""


def ledger_sampler(engine: AsyncEngine) -> Sampler:
    """Reads the ledger, every five seconds at most, and a tenth of the time at most where it takes long."""

    async def sample() -> None:
        async with engine.connect() as connection:
            rows = (await connection.exec_driver_sql(LEDGER)).all()
        for row in rows:
            EXTRACTS.labels(row.supplier, "accepted").set(row.accepted)
            EXTRACTS.labels(row.supplier, "calculated").set(row.calculated)
            EXTRACTS.labels(row.supplier, "reported").set(row.reported)
            EXTRACTS.labels(row.supplier, "rejected").set(row.rejected)
        IN_FLIGHT.set(rows[0].in_flight if rows else 0)
        OLDEST.set((rows[0].oldest or 0) if rows else 0)

    return Sampler("ledger", sample, [EXTRACTS, IN_FLIGHT, OLDEST], hold=HOLD_SECONDS)
