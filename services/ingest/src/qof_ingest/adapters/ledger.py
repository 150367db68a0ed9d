"""Does it balance, for machines? accepted = calculated + rejected + in flight: the operators' books, as metrics."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.adapters.accounts import PostgresAccounts
from qof_ingest.core.ledger import oldest_in_flight
from qof_shared.observability.metrics import Sampler, gauge

EXTRACTS = gauge(
    "openqof_ledger_extracts",
    "Extracts by supplier and how far they have come: accepted (all), calculated (reported or not), reported, rejected",
    ("supplier", "stage"),
)
IN_FLIGHT = gauge("openqof_ledger_in_flight", "Extracts that are neither calculated nor rejected")
OLDEST = gauge(
    "openqof_ledger_oldest_in_flight_age_seconds", "How long ago the oldest of those was accepted; 0: there is none"
)

STAGES = ("accepted", "calculated", "reported", "rejected")
HOLD_SECONDS = 5.0


def ledger_sampler(engine: AsyncEngine, now: Callable[[], datetime]) -> Sampler:
    """Reads the books, every five seconds at most, and a tenth of the time at most where it takes long."""
    accounts = PostgresAccounts(engine)

    async def sample() -> None:
        books = await accounts.books(None)
        counted: Counter[tuple[str, str]] = Counter()
        for one in books.suppliers:
            for stage in STAGES:
                counted[one.supplier, stage] += getattr(one, stage)
        for labels, extracts in counted.items():
            EXTRACTS.labels(*labels).set(extracts)
        IN_FLIGHT.set(sum(one.in_flight for one in books.suppliers))
        oldest = oldest_in_flight(books)
        OLDEST.set((now() - oldest).total_seconds() if oldest else 0)

    return Sampler("ledger", sample, [EXTRACTS, IN_FLIGHT, OLDEST], hold=HOLD_SECONDS)
