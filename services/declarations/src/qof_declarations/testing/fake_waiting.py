"""Who is on the way, in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from qof_declarations.core.permissions import Scope
from qof_declarations.core.waiting import Half, Journey, Queue
from qof_declarations.handlers.waiting_ports import Received
from qof_declarations.testing.fake_summaries import sees
from qof_declarations.testing.memory import Memory
from qof_shared.pace import Arrival, pace_of


class FakeWaiting:
    """Also a look at the queue, as of `now`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def record_received(self, extracts: Sequence[Received]) -> None:
        for one in extracts:
            row = self._memory.row(one.collection, one.practice)
            if row.received is None or row.received.extract_number < one.extract_number:
                row.received = one

    async def record_arrivals(self, half: Half, extracts: Mapping[str, int], at: datetime) -> None:
        for collection, count in extracts.items():
            self._memory.arrivals.setdefault((collection, half), []).append(Arrival(at, count))


class FakeJourneys:
    def __init__(self, memory: Memory, scope: Scope) -> None:
        self._memory = memory
        self._scope = scope

    async def find(self, collection: str, practice: str) -> Journey:
        if (collection, practice) not in self._memory.figures or not sees(self._memory, self._scope, practice):
            return Journey()
        return journey_of(self._memory, collection, practice)


class FakeQueues:
    def __init__(self, memory: Memory, now: datetime) -> None:
        self._memory = memory
        self.now = now

    async def look(self, collection: str) -> Queue:
        is_frozen = any(one.collection == collection for one in self._memory.national_figures.values())
        waiting = []
        for known, practice in self._memory.figures:
            journey = journey_of(self._memory, known, practice)
            through = max(journey.pounds, journey.rejected) if is_frozen else max(journey.points, journey.rejected)
            if known == collection and journey.received > max(through, journey.pounds):
                waiting.append(journey.received)
        arrived = self._memory.arrivals.get((collection, Half.REPORT if is_frozen else Half.POINTS), [])
        return Queue(is_frozen, sorted(waiting), pace_of(arrived, self.now), self.now)


def journey_of(memory: Memory, collection: str, practice: str) -> Journey:
    """How far a practice is."""
    row = memory.row(collection, practice)
    return Journey(
        received=row.received.extract_number if row.received else 0,
        points=row.points.extract_number if row.points else 0,
        pounds=row.pounds.extract_number if row.pounds else 0,
        rejected=row.rejection.extract_number if row.rejection else 0,
        version=row.reports[-1].about.version if row.reports else 0,
        is_recalculating=row.is_recalculating,
        received_at=row.received.received_at if row.received else None,
    )
