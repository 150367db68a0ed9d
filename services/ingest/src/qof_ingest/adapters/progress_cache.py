"""How far is everything, asked by many and often? Counted a tenth of the time at most, whoever asks."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from qof_ingest.core.journey import Progress
from qof_ingest.handlers.ports import Extracts, TrackedExtract

HELD_TIMES = 10
"""How many times as long as it took to count, a count is held: counting a nation's extracts reads an index from end to
end, and a year end's pollers would keep a core at it; counting a few hundred is done again at once."""

LONGEST_HELD = 1.0
"""Seconds that a count is held at most."""


@dataclass(slots=True)
class _Held:
    progress: Progress | None = None
    held_until: float = float("-inf")
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)


class HeldProgress:
    """`Extracts` whose progress is up to a second old; its counts are of one moment all the same."""

    def __init__(self, extracts: Extracts, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._extracts = extracts
        self._clock = clock
        self._held: defaultdict[tuple[str, str], _Held] = defaultdict(_Held)

    async def tracked(self, extract_id: UUID, supplier: str) -> TrackedExtract | None:
        return await self._extracts.tracked(extract_id, supplier)

    async def progress(self, collection: str, supplier: str) -> Progress:
        held = self._held[collection, supplier]
        async with held.counting:
            began = self._clock()
            if held.progress is None or began > held.held_until:
                held.progress = await self._extracts.progress(collection, supplier)
                ended = self._clock()
                held.held_until = ended + min(HELD_TIMES * (ended - began), LONGEST_HELD)
            return held.progress
