import asyncio
from typing import Any

import pytest

from qof_ingest.adapters.progress_cache import HeldProgress
from qof_ingest.core.journey import Progress
from qof_ingest.handlers.ports import UnavailableError


class Counting:
    """Counts how often it was asked to count, takes its time over it, and fails when told to."""

    def __init__(self, seconds: float = 0.05) -> None:
        self.asked: list[tuple[str, str]] = []
        self.failure: Exception | None = None
        self.seconds = seconds
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    async def tracked(self, extract_id: Any, supplier: str) -> None:
        return None

    async def progress(self, collection: str, supplier: str) -> Progress:
        self.asked.append((collection, supplier))
        await asyncio.sleep(0)
        self.now += self.seconds
        if self.failure is not None:
            raise self.failure
        return Progress(len(self.asked), 0, 0, 0, 0)


async def test_many_who_ask_at_once_are_counted_for_once_each_supplier() -> None:
    counting = Counting()
    held = HeldProgress(counting, clock=counting.clock)
    asked = [held.progress("QOF", supplier) for supplier in ("emis", "inps") for _ in range(50)]
    await asyncio.gather(*asked)
    assert counting.asked == [("QOF", "emis"), ("QOF", "inps")]


@pytest.mark.parametrize(("seconds", "held_for"), [(0.001, 0.01), (0.05, 0.5), (3.0, 1.0)])
async def test_a_count_is_held_ten_times_as_long_as_it_took_but_a_second_at_most(
    seconds: float, held_for: float
) -> None:
    counting = Counting(seconds)
    held = HeldProgress(counting, clock=counting.clock)
    assert (await held.progress("QOF", "emis")).practices == 1
    counting.now += held_for * 0.9
    assert (await held.progress("QOF", "emis")).practices == 1
    counting.now += held_for * 0.2
    assert (await held.progress("QOF", "emis")).practices == 2


async def test_a_failure_is_not_held() -> None:
    counting = Counting()
    held = HeldProgress(counting, clock=counting.clock)
    counting.failure = UnavailableError("away")
    with pytest.raises(UnavailableError):
        await held.progress("QOF", "emis")
    counting.failure = None
    assert (await held.progress("QOF", "emis")).practices == 2
