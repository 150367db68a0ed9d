"""Which queue leads to which handler."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from qof_calculator.handlers.calculate_achievements import calculate_achievements
from qof_calculator.handlers.ports import Rulesets, UnitOfWork
from qof_shared.contracts import Event, ExtractAccepted

Handlers = Mapping[str, Mapping[str, Callable[[Sequence[Event], UnitOfWork], Awaitable[None]]]]
"""Queue -> event -> handler."""


def handlers(rulesets: Rulesets) -> Handlers:
    """The calculator's queues, with everything their handlers need."""

    async def on_extracts(events: Sequence[Event], uow: UnitOfWork) -> None:
        await calculate_achievements(events, uow=uow, rulesets=rulesets, now=datetime.now(UTC))

    return {"calculator.extracts": {ExtractAccepted.event: on_extracts}}
