"""How many declarations are in each state, for machines? All of them together are all signatures ever given."""

from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.core.lifecycle import STORED_STATES
from qof_shared.observability.metrics import Sampler, gauge

DECLARATIONS = gauge("openqof_declarations", "Declarations, each of them a signature, by state", ("state",))

HOLD_SECONDS = 5.0


def declarations_sampler(engine: AsyncEngine) -> Sampler:
    """Counts declarations, every five seconds at most."""

    async def sample() -> None:
        async with engine.connect() as connection:
            rows = await connection.exec_driver_sql("SELECT state, count(*) AS held FROM declarations GROUP BY state")
            counts = {row.state: row.held for row in rows}
        for state in STORED_STATES:
            DECLARATIONS.labels(state.value).set(counts.get(state.value, 0))

    return Sampler("declarations", sample, [DECLARATIONS], hold=HOLD_SECONDS)
