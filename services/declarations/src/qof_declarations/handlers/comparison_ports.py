"""What comparing needs from the outside: distributions kept, and who has to be measured anew."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from qof_declarations.core.distribution import Distributions
from qof_declarations.core.summary import Summary


class KeptDistributions(Protocol):
    """The distributions of every collection. They name no practice, so they need no scope."""

    async def due(self, now: datetime) -> Sequence[str]:
        """Collections whose reports moved since they were measured, long enough ago or before a freeze."""

    async def lock(self, collection: str) -> bool:
        """Whether nobody else measures it; until the transaction ends."""

    def newest_summaries(self, collection: str) -> AsyncIterator[tuple[str, Summary]]:
        """(commissioner, newest summary) of each practice that has a report."""

    async def record(self, collection: str, commissioner: str, found: Distributions, measured_at: datetime) -> None:
        """In the place of what was measured before."""

    async def of(self, collection: str, commissioner: str) -> tuple[Distributions, datetime] | None:
        """With when they were measured."""

    async def forget_arrivals(self, now: datetime) -> None:
        """Remove what no rate and no measurement asks for any more."""
