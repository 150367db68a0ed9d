"""Which queue leads to which handler."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from qof_payments.handlers.calculate_entitlements import calculate_entitlements, record_achievements, record_sums
from qof_payments.handlers.instruct_payments import instruct_payments
from qof_payments.handlers.ports import ParametersOf, UnitOfWork
from qof_payments.handlers.record_declarations import record_declarations
from qof_payments.handlers.record_directory import record_collections, record_directory
from qof_shared.contracts import (
    AchievementCalculatedBefore,
    AchievementsSummed,
    CollectionOpened,
    DeclarationApproved,
    DeclarationFinanceApproved,
    DeclarationReturned,
    DeclarationSigned,
    DirectoryRecorded,
    EntitlementsDue,
    Event,
)

Handlers = Mapping[str, Mapping[str, Callable[[Sequence[Event], UnitOfWork], Awaitable[None]]]]
"""Queue -> event -> handler."""


def handlers(parameters_of: ParametersOf) -> Handlers:
    """The queues of payments, with everything their handlers need."""

    async def on_directory(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_directory(events, uow=uow)

    async def on_collections(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_collections(events, uow=uow)

    async def on_achievements(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_achievements(events, uow=uow, parameters_of=parameters_of, now=datetime.now(UTC))

    async def on_sums(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_sums(events, uow=uow, parameters_of=parameters_of, now=datetime.now(UTC))

    async def on_entitlements_due(events: Sequence[Event], uow: UnitOfWork) -> None:
        await calculate_entitlements(events, uow=uow, parameters_of=parameters_of, now=datetime.now(UTC))

    async def on_declarations(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_declarations(events, uow=uow)

    async def on_approvals(events: Sequence[Event], uow: UnitOfWork) -> None:
        await instruct_payments(events, uow=uow, now=datetime.now(UTC))

    return {
        "payments.directory": {DirectoryRecorded.event: on_directory, CollectionOpened.event: on_collections},
        "payments.achievements": {
            AchievementsSummed.event: on_sums,
            AchievementCalculatedBefore.event: on_achievements,
        },
        "payments.entitlements": {EntitlementsDue.event: on_entitlements_due},
        "payments.approvals": {DeclarationFinanceApproved.event: on_approvals},
        "payments.declarations": {
            DeclarationSigned.event: on_declarations,
            DeclarationReturned.event: on_declarations,
            DeclarationApproved.event: on_declarations,
            DeclarationFinanceApproved.event: on_declarations,
        },
    }
