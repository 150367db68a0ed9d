"""How far is everything, asked by many and often? Counted once a second at most, whoever asks."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from qof_ingest.core.journey import Progress
from qof_ingest.handlers.ports import Extracts, TrackedExtract

HELD_SECONDS = 1.0
"""Counting a nation's extracts reads an index from end to end; a year end's pollers would keep a core at it."""


@dataclass(slots=True)
class _Held:
    progress: Progress | None = None
    counted_at: float = float("-inf")
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)


class HeldProgress:
    """`Extracts` whose progress is up to a second old; its counts are of one moment all the same."""

    def __init__(self, extracts: Extracts, *, held_seconds: float = HELD_SECONDS) -> None:
        self._extracts = extracts
        self._held_seconds = held_seconds
        self._held: defaultdict[tuple[str, str], _Held] = defaultdict(_Held)

    async def tracked(self, extract_id: UUID, supplier: str) -> TrackedExtract | None:
        return await self._extracts.tracked(extract_id, supplier)

    async def progress(self, collection: str, supplier: str) -> Progress:
        held = self._held[collection, supplier]
        async with held.counting:
            if held.progress is None or time.monotonic() - held.counted_at > self._held_seconds:
                counting_at = time.monotonic()
                held.progress = await self._extracts.progress(collection, supplier)
                held.counted_at = counting_at
            return held.progress
