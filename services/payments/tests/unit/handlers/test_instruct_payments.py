"""An approval instructs exactly the sum that was approved, once."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from qof_payments.core.instruction import instruction_id
from qof_payments.handlers.calculate_entitlements import record_achievements
from qof_payments.handlers.instruct_payments import InstructionError, instruct_payments
from qof_payments.handlers.ports import ParametersOf
from qof_payments.testing.freezing import freeze_by_two
from qof_shared.contracts import DeclarationFinanceApproved, EntitlementCalculated, Event, PaymentInstructed, new_event
from qof_shared.errors import PermanentError
from qof_shared.testing.fakes import NOON

COLLECTION = "QOF-ENG-2012-13"
MakeEvent = Callable[..., Event]


@pytest.fixture
async def entitlements(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> Sequence[EntitlementCalculated]:
    """Two entitlements of one practice, of an extract and a newer one."""
    await record_achievements([an_achievement("A81002")], uow=uow, parameters_of=parameters_of, now=NOON)
    await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON)
    for number, list_size in ((1, 5000), (2, 10_000)):
        event = an_achievement(extract_number=number, list_size=list_size)
        await record_achievements([event], uow=uow, parameters_of=parameters_of, now=NOON)
    calculated: list[EntitlementCalculated] = uow.outbox.contents(EntitlementCalculated)
    uow.outbox.events.clear()
    return calculated


def approval(entitlement: EntitlementCalculated, **changes: Any) -> Event:
    approved = DeclarationFinanceApproved(
        declaration_id=uuid4(),
        collection=entitlement.collection,
        practice=entitlement.practice,
        report_version=1,
        report_digest="f" * 64,
        entitlement_id=entitlement.entitlement_id,
        pounds=entitlement.pounds,
        approved_by="c1",
        approved_at=NOON,
        finance_approved_by="f1",
        finance_approved_at=NOON,
    )
    return new_event(msgspec.structs.replace(approved, **changes), occurred_at=NOON, correlation_id="journey")


async def test_approval_instructs_exactly_the_approved_sum(
    uow: Any, entitlements: Sequence[EntitlementCalculated]
) -> None:
    event = approval(entitlements[0])
    await instruct_payments([event], uow=uow, now=NOON)
    (told,) = uow.outbox.events
    assert (told.correlation_id, told.causation_id) == ("journey", event.message_id)
    assert told.content(PaymentInstructed) == PaymentInstructed(
        instruction_id=instruction_id(COLLECTION, "A81001"),
        declaration_id=event.content(DeclarationFinanceApproved).declaration_id,
        entitlement_id=entitlements[0].entitlement_id,
        collection=COLLECTION,
        practice="A81001",
        pounds=entitlements[0].pounds,
        instructed_at=NOON,
    )


@pytest.mark.parametrize("seconds", [0, 60], ids=["at the same time", "later"])
@pytest.mark.parametrize("in_one_batch", [True, False])
async def test_redelivery_instructs_nothing_again(
    uow: Any, entitlements: Sequence[EntitlementCalculated], in_one_batch: bool, seconds: int
) -> None:
    event = approval(entitlements[0])
    again = msgspec.structs.replace(event, message_id=uuid4())
    for batch in [[event, event, again]] if in_one_batch else [[event], [event], [again]]:
        await instruct_payments(batch, uow=uow, now=NOON)
    await instruct_payments([again], uow=uow, now=NOON + timedelta(seconds=seconds))
    assert len(uow.outbox.contents(PaymentInstructed)) == 1
    assert len(uow.instructions.held) == 1


async def test_second_approval_of_the_same_entitlement_instructs_nothing_again(
    uow: Any, entitlements: Sequence[EntitlementCalculated]
) -> None:
    await instruct_payments([approval(entitlements[0])], uow=uow, now=NOON)
    await instruct_payments([approval(entitlements[0], report_version=2)], uow=uow, now=NOON)
    assert len(uow.outbox.contents(PaymentInstructed)) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pounds": "3000.01"}, r"practice A81001, .*: pounds 3000\.01 was approved, but the entitlement has 3000\.00"),
        ({"practice": "A81002"}, "practice A81002, .*: practice A81002 was approved, but the entitlement has A81001"),
        ({"collection": "QOF-X"}, "collection QOF-X was approved, but the entitlement has QOF-ENG-2012-13"),
        ({"entitlement_id": uuid4()}, "practice A81001: no entitlement "),
    ],
    ids=["pounds", "practice", "collection", "entitlement"],
)
async def test_approval_of_something_else_is_refused(
    uow: Any, entitlements: Sequence[EntitlementCalculated], changes: dict[str, Any], sentence: str
) -> None:
    paid = next(e for e in entitlements if e.pounds == "3000.00")
    with pytest.raises(InstructionError, match=sentence):
        await instruct_payments([approval(paid, **changes)], uow=uow, now=NOON)
    assert issubclass(InstructionError, PermanentError)
    assert not uow.outbox.events
    assert not uow.instructions.held


async def test_second_entitlement_of_a_paid_practice_is_refused(
    uow: Any, entitlements: Sequence[EntitlementCalculated]
) -> None:
    first, second = entitlements
    await instruct_payments([approval(first)], uow=uow, now=NOON)
    with pytest.raises(InstructionError) as refused:
        await instruct_payments([approval(second)], uow=uow, now=NOON)
    assert str(refused.value) == (
        f"practice A81001 was paid £{first.pounds} for {COLLECTION} already (entitlement {first.entitlement_id}); "
        "a second payment is never made, adjust by hand"
    )
    assert len(uow.outbox.contents(PaymentInstructed)) == 1


async def test_recovery_is_instructed_as_it_was_approved(
    uow: Any, entitlements: Sequence[EntitlementCalculated]
) -> None:
    owing = msgspec.structs.replace(entitlements[0], entitlement_id=uuid4(), pounds="-10800.00")
    await uow.entitlements.add([owing])
    await instruct_payments([approval(owing)], uow=uow, now=NOON)
    (told,) = uow.outbox.contents(PaymentInstructed)
    assert told.pounds == "-10800.00", "negative pounds are to be recovered"
