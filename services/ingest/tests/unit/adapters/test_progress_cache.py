import asyncio
from typing import Any

import pytest

from qof_ingest.adapters.progress_cache import HeldProgress
from qof_ingest.core.journey import Progress
from qof_ingest.handlers.ports import UnavailableError


class Counting:
    """Counts how often it was asked to count, and fails when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.failure: Exception | None = None

    async def tracked(self, extract_id: Any, supplier: str) -> None:
        return None

    async def progress(self, collection: str, supplier: str) -> Progress:
        self.asked.append((collection, supplier))
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        return Progress(len(self.asked), 0, 0, 0, 0)


async def test_many_who_ask_at_once_are_counted_for_once_each_supplier() -> None:
    counting = Counting()
    held = HeldProgress(counting, held_seconds=3600)
    asked = [held.progress("QOF", supplier) for supplier in ("emis", "inps") for _ in range(50)]
    await asyncio.gather(*asked)
    assert counting.asked == [("QOF", "emis"), ("QOF", "inps")]


async def test_what_is_no_longer_fresh_is_counted_again() -> None:
    held = HeldProgress(Counting(), held_seconds=-1)
    assert [(await held.progress("QOF", "emis")).practices for _ in range(2)] == [1, 2]


async def test_a_failure_is_not_held() -> None:
    counting = Counting()
    held = HeldProgress(counting, held_seconds=3600)
    counting.failure = UnavailableError("away")
    with pytest.raises(UnavailableError):
        await held.progress("QOF", "emis")
    counting.failure = None
    assert (await held.progress("QOF", "emis")).practices == 2
