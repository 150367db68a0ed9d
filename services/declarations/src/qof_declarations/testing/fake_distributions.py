"""Distributions in memory, measured anew whenever they are asked for."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from qof_declarations.core.distribution import Distributions
from qof_declarations.core.summary import Summary
from qof_declarations.testing.memory import Memory


class FakeDistributions:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def due(self, now: datetime) -> Sequence[str]:
        return sorted({collection for (collection, _), row in self._memory.figures.items() if row.reports})

    async def lock(self, collection: str) -> bool:
        return True

    async def newest_summaries(self, collection: str) -> AsyncIterator[tuple[str, Summary]]:
        for (known, practice), row in sorted(self._memory.figures.items()):
            if known == collection and row.reports and practice in self._memory.practices:
                yield self._memory.practices[practice][1].commissioner, row.reports[-1].summary

    async def record(self, collection: str, commissioner: str, found: Distributions, measured_at: datetime) -> None:
        self._memory.distributions[collection, commissioner] = found, measured_at

    async def of(self, collection: str, commissioner: str) -> tuple[Distributions, datetime] | None:
        return self._memory.distributions.get((collection, commissioner))

    async def forget_arrivals(self, now: datetime) -> None:
        return None
