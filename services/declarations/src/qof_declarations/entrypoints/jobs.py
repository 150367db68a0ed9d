"""What a worker does beside its queues: measuring how the nation's figures lie, when they have moved."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

from qof_declarations.handlers.comparing import measure_distributions
from qof_declarations.handlers.ports import NewUnitOfWork

logger = logging.getLogger(__name__)

LOOK_SECONDS = 30.0

Job = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until the event is set."""


async def measure_what_is_due(new_unit_of_work: NewUnitOfWork, now: Callable[[], datetime]) -> None:
    """Measure every collection that is due, each in a transaction of its own."""
    async with new_unit_of_work() as uow:
        await uow.distributions.forget_arrivals(now())
        due = await uow.distributions.due(now())
        await uow.commit()
    for collection in due:
        async with new_unit_of_work() as uow:
            if await measure_distributions(collection, uow=uow, now=now()):
                await uow.commit()


def measuring(new_unit_of_work: NewUnitOfWork, now: Callable[[], datetime], seconds: float = LOOK_SECONDS) -> Job:
    """The job. A failure is logged and tried again: nobody waits for a distribution."""

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await measure_what_is_due(new_unit_of_work, now)
            except Exception:
                logger.exception("measuring distributions failed", extra={"action": "distributions.failed"})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), seconds)

    return run
