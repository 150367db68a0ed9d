"""What a worker does beside its queues: forgetting how fast extracts came out long ago."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import datetime, timedelta
from typing import Protocol

from qof_ingest.handlers.ports import Waiting

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 600.0
KEPT = timedelta(hours=1)

Job = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set."""


class WaitingUnitOfWork(Protocol):
    """What forgetting needs of a unit of work."""

    @property
    def waiting(self) -> Waiting: ...
    async def commit(self) -> None: ...


def forgetting(
    new_unit_of_work: Callable[[], AbstractAsyncContextManager[WaitingUnitOfWork]],
    now: Callable[[], datetime],
    seconds: float = PAUSE_SECONDS,
) -> Job:
    """The job. A failure is logged and tried again: nothing but a few rows waits for it."""

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                async with new_unit_of_work() as uow:
                    await uow.waiting.forget_arrivals(now() - KEPT)
                    await uow.commit()
            except Exception:
                logger.exception("forgetting arrivals failed", extra={"action": "arrivals.failed"})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), seconds)

    return run
