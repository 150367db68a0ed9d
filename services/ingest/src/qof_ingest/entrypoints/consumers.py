"""Which queue leads to which handler."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from qof_ingest.handlers.ports import OutcomesUnitOfWork
from qof_ingest.handlers.record_outcomes import OUTCOMES, record_outcomes
from qof_shared.contracts import Event

Handlers = Mapping[str, Mapping[str, Callable[[Sequence[Event], OutcomesUnitOfWork], Awaitable[None]]]]
"""Queue -> event -> handler."""


def handlers() -> Handlers:
    """Ingest's queues."""

    async def on_outcomes(events: Sequence[Event], uow: OutcomesUnitOfWork) -> None:
        await record_outcomes(events, uow=uow)

    return {"ingest.outcomes": dict.fromkeys(OUTCOMES, on_outcomes)}
