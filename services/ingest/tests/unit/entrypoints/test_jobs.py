"""Arrivals of long ago are forgotten, again and again, whatever fails."""

import asyncio
from datetime import timedelta
from typing import Any

from qof_ingest.entrypoints.jobs import forgetting
from qof_shared.testing.fakes import NOON
from qof_shared.testing.waiting import until


async def test_what_came_out_an_hour_ago_is_forgotten_also_after_a_failure(uow: Any) -> None:
    opened = 0

    def new_unit_of_work() -> Any:
        nonlocal opened
        opened += 1
        if opened == 1:
            raise ConnectionError("the database is away")
        return uow

    stop = asyncio.Event()
    job = asyncio.create_task(forgetting(new_unit_of_work, lambda: NOON, seconds=0.01)(stop))
    await until(lambda: len(uow.waiting.forgotten_before) > 1)
    stop.set()
    await job
    assert set(uow.waiting.forgotten_before) == {NOON - timedelta(hours=1)}
