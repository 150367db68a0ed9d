"""Which queue leads to which handler."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from qof_declarations.handlers.directory import record_collections, record_directory
from qof_declarations.handlers.figures import (
    record_achievements,
    record_entitlements,
    record_national_figures,
    record_rejections,
)
from qof_declarations.handlers.payments import record_payments
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.receipts import enter_receipts
from qof_declarations.handlers.rulesets import record_rulesets
from qof_declarations.handlers.waiting import record_received
from qof_shared.contracts import (
    AchievementCalculated,
    AchievementCalculatedBefore,
    CollectionOpened,
    DeclarationSigned,
    DirectoryRecorded,
    EntitlementCalculated,
    Event,
    ExtractRejected,
    ExtractsReceived,
    NationalFiguresFrozen,
    PaymentInstructed,
    RulesetDescribed,
)

Handlers = Mapping[str, Mapping[str, Callable[[Sequence[Event], UnitOfWork], Awaitable[None]]]]
"""Queue -> event -> handler."""


def handlers(now: Callable[[], datetime]) -> Handlers:
    """The queues of declarations, with everything their handlers need."""

    async def on_directory(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_directory(events, uow=uow)

    async def on_collections(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_collections(events, uow=uow)

    async def on_rulesets(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_rulesets(events, uow=uow)

    async def on_achievements(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_achievements(events, uow=uow, now=now())

    async def on_received(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_received(events, uow=uow)

    async def on_rejections(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_rejections(events, uow=uow)

    async def on_entitlements(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_entitlements(events, uow=uow, now=now())

    async def on_national_figures(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_national_figures(events, uow=uow)

    async def on_payments(events: Sequence[Event], uow: UnitOfWork) -> None:
        await record_payments(events, uow=uow)

    async def on_signatures(events: Sequence[Event], uow: UnitOfWork) -> None:
        await enter_receipts(events, uow=uow, now=now())

    return {
        "declarations.directory": {
            DirectoryRecorded.event: on_directory,
            CollectionOpened.event: on_collections,
            RulesetDescribed.event: on_rulesets,
        },
        "declarations.extracts": {ExtractsReceived.event: on_received},
        "declarations.achievements": {
            AchievementCalculated.event: on_achievements,
            AchievementCalculatedBefore.event: on_achievements,
            ExtractRejected.event: on_rejections,
        },
        "declarations.entitlements": {
            NationalFiguresFrozen.event: on_national_figures,
            EntitlementCalculated.event: on_entitlements,
        },
        "declarations.payments": {PaymentInstructed.event: on_payments},
        "declarations.log": {DeclarationSigned.event: on_signatures},
    }
