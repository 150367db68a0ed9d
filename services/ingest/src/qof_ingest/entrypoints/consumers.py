"""Which queue leads to which handler."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from qof_ingest.handlers.ports import DeterminationsUnitOfWork, OutcomesUnitOfWork
from qof_ingest.handlers.record_determinations import record_made, record_withdrawn
from qof_ingest.handlers.record_outcomes import OUTCOMES, record_outcomes
from qof_shared.contracts import DeterminationMade, DeterminationWithdrawn, Event


class ConsumersUnitOfWork(OutcomesUnitOfWork, DeterminationsUnitOfWork, Protocol):
    """What all of them need of a unit of work."""


Handlers = Mapping[str, Mapping[str, Callable[[Sequence[Event], ConsumersUnitOfWork], Awaitable[None]]]]
"""Queue -> event -> handler."""


def handlers(now: Callable[[], datetime]) -> Handlers:
    """Ingest's queues."""

    async def on_outcomes(events: Sequence[Event], uow: ConsumersUnitOfWork) -> None:
        await record_outcomes(events, uow=uow, now=now())

    async def on_made(events: Sequence[Event], uow: ConsumersUnitOfWork) -> None:
        await record_made(events, uow=uow, now=now())

    async def on_withdrawn(events: Sequence[Event], uow: ConsumersUnitOfWork) -> None:
        await record_withdrawn(events, uow=uow, now=now())

    return {
        "ingest.outcomes": dict.fromkeys(OUTCOMES, on_outcomes),
        "ingest.determinations": {DeterminationMade.event: on_made, DeterminationWithdrawn.event: on_withdrawn},
    }
