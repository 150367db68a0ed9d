"""A month's aspiration is instructed once for ever, and the year end takes off what was instructed."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from qof_payments.core.contract_terms import AspirationTerms, ContractTerms
from qof_payments.core.instruction import aspiration_payment_id
from qof_payments.handlers.acts import UnknownCollectionError
from qof_payments.handlers.calculate_entitlements import calculate_entitlements, record_achievements
from qof_payments.handlers.instruct_aspiration import InstructedMonth, UnknownMonthError, instruct_aspiration
from qof_payments.handlers.money_ports import MonthTotals
from qof_payments.handlers.ports import ParametersOf
from qof_payments.handlers.record_contract_terms import GivenTerms, record_contract_terms
from qof_payments.testing.freezing import freeze_by_two
from qof_shared.contracts import AspirationInstructed, EntitlementCalculated, EntitlementsDue, Event
from qof_shared.testing.fakes import NOON

COLLECTION = "QOF-ENG-2012-13"
MakeEvent = Callable[..., Event]

ACCEPTED = AspirationTerms("share-of-last-year", accepted_offer=True, last_year=Decimal("12000.00"))
"""× 0.70 ÷ 12 = £700.00 a month."""


async def record(uow: Any, parameters_of: ParametersOf, *practices: str, terms: AspirationTerms = ACCEPTED) -> None:
    given = [GivenTerms(practice, ContractTerms(aspiration=terms)) for practice in practices]
    await record_contract_terms(
        COLLECTION, given, reason="r", person="n1", uow=uow, parameters_of=parameters_of, now=NOON
    )


async def instruct(uow: Any, month: int = 1, collection: str = COLLECTION) -> InstructedMonth:
    return await instruct_aspiration(collection, month, reason="payment run", person="n1", uow=uow, now=NOON)


async def test_month_is_instructed_for_everybody_who_accepted(uow: Any, parameters_of: ParametersOf) -> None:
    await record(uow, parameters_of, "A81001", "A81002")
    await record(uow, parameters_of, "A81003", terms=replace(ACCEPTED, accepted_offer=False))
    await record(uow, parameters_of, "A81004", terms=replace(ACCEPTED, last_year=Decimal(0)))
    assert await instruct(uow) == InstructedMonth(2, 140_000, MonthTotals(1, 2, 140_000))
    assert uow.outbox.contents(AspirationInstructed)[0] == AspirationInstructed(
        payment_id=aspiration_payment_id(COLLECTION, "A81001", 1),
        collection=COLLECTION,
        practice="A81001",
        month=1,
        pounds="700.00",
        instructed_by="n1",
        instructed_at=NOON,
    )
    assert [one.practice for one in uow.outbox.contents(AspirationInstructed)] == ["A81001", "A81002"]


async def test_month_asked_again_pays_only_who_came_since(uow: Any, parameters_of: ParametersOf) -> None:
    await record(uow, parameters_of, "A81001")
    await instruct(uow)
    assert await instruct(uow) == InstructedMonth(0, 0, MonthTotals(1, 1, 70_000))
    await record(uow, parameters_of, "A81002")
    assert await instruct(uow) == InstructedMonth(1, 70_000, MonthTotals(1, 2, 140_000))
    assert len(uow.outbox.contents(AspirationInstructed)) == 2
    assert [act.act for act in uow.money.recorded] == ["contract-terms", "aspiration", "contract-terms", "aspiration"]


async def test_practice_whose_year_end_is_instructed_gets_nothing_more(uow: Any, parameters_of: ParametersOf) -> None:
    await record(uow, parameters_of, "A81001")
    uow.money.settled.add("A81001")
    assert (await instruct(uow, 12)).instructed == 0


@pytest.mark.parametrize("month", [0, 13, -1])
async def test_year_has_twelve_months(uow: Any, month: int) -> None:
    with pytest.raises(UnknownMonthError, match=r"give 1 \(April\) to 12 \(March\)"):
        await instruct(uow, month)


async def test_unknown_collection_is_refused(uow: Any) -> None:
    with pytest.raises(UnknownCollectionError):
        await instruct(uow, collection="QOF-1999")


async def test_nobody_to_pay_leaves_no_trace(uow: Any) -> None:
    assert await instruct(uow) == InstructedMonth(0, 0, MonthTotals(1, 0, 0))
    assert not uow.money.recorded
    assert not uow.outbox.events


async def test_year_end_takes_off_what_was_instructed(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await record(uow, parameters_of, "A81001")
    await instruct(uow, 1)
    await record_achievements([an_achievement()], uow=uow, parameters_of=parameters_of, now=NOON)
    await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON)
    first = await calculate_due(uow, parameters_of)
    # £3,000 of achievement, one month paid.
    assert (first.achievement_pounds, first.pounds, first.account_number) == ("3000.00", "2300.00", 2)
    await instruct(uow, 2)
    second = await calculate_due(uow, parameters_of)
    (taken,) = second.deductions
    assert (taken.formula, second.pounds) == ("2 × £700.00 = £1,400.00", "1600.00")
    assert (second.account_number, second.entitlement_id != first.entitlement_id) == (3, True)
    for month in range(3, 13):
        await instruct(uow, month)
    assert (await calculate_due(uow, parameters_of)).pounds == "-5400.00"


async def calculate_due(uow: Any, parameters_of: ParametersOf) -> EntitlementCalculated:
    due = [event for event in uow.outbox.events if event.name == EntitlementsDue.event]
    await calculate_entitlements(due, uow=uow, parameters_of=parameters_of, now=NOON)
    told: EntitlementCalculated = uow.outbox.contents(EntitlementCalculated)[-1]
    uow.outbox.events.clear()
    return told
